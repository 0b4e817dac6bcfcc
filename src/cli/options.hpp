#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postlint::cli {

/// Exit status, the same for every command and format. Where several apply, see worst().
enum class Exit : std::uint8_t {
  ok = 0,
  findings = 1,
  usage = 2,
  unreadable = 3,
  defect = 4,
  nothing = 5
};

/// Of two, the one that the program ends with: 4, 2, 3, 1, 5, 0.
Exit worst(Exit a, Exit b);

enum class Command : std::uint8_t { check, show, explain, rules, trace, relay, why, diff };
enum class Format : std::uint8_t { text, json, gcc, markdown, html };
enum class Color : std::uint8_t { automatic, always, never };

/// What every command takes.
struct CommonOptions {
  std::optional<std::string> config_directory;  // -c
  std::optional<std::string> postfix_version;
  std::string packaging = "debian";  // whose compiled defaults
  Format format = Format::text;
  Color color = Color::automatic;
  std::string facts;  // file
  bool this_host = false;
  std::vector<std::string> databases;  // files
  std::string root;
  std::vector<std::pair<std::string, std::string>> map;
  bool quiet = false;
};

struct CheckOptions {
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::optional<std::string> persona;
  std::optional<std::string> fail_on;
  bool suppressions = true;
  std::string baseline;
  std::string write_baseline;
  std::string site_config;  // instead of the one that is looked for
  bool no_site_config = false;
  std::vector<std::string> assertions;  // "stranger -> foreign: reject"
};

struct ShowFlags {
  bool only_set = false;  // -n
  bool expand = false;    // -x
  bool defaults = false;  // -d
  bool fold = false;      // -f
  bool hide_name = false;
  bool hide_value = false;
  bool master_entries = false;   // -M
  bool master_settings = false;  // -P
  bool origin = false;
};

/// What `trace` plays, as written on the command line.
struct TraceOptions {
  std::string service;
  std::string client;
  std::optional<std::string> client_name;  // "unknown": none, "tempfail": the lookup fails
  std::optional<std::string> reverse_name;
  std::optional<std::string> helo;
  bool no_helo = false;
  std::string from;
  std::vector<std::string> to;
  std::optional<std::string> sasl;
  std::optional<std::string> tls;  // "anonymous" or a fingerprint
  std::optional<std::int64_t> size;
  std::string until;
  std::string requests;  // file of JSON Lines; "-": standard input
  bool missing_tables_absent = false;
};

/// What `relay` looks for.
struct RelayFlags {
  std::string service;  // empty: every smtpd service
  std::string fail_on;
  std::vector<std::string> strangers;  // networks
  std::vector<std::string> trusted;
  bool missing_tables_absent = false;
};

/// What `why` takes for granted.
struct WhyFlags {
  bool missing_tables_absent = false;
};

/// What `diff` compares.
struct DiffFlags {
  std::string fail_on;
  bool missing_tables_absent = false;
};

/// A command line, understood.
struct Invocation {
  Command command = Command::check;
  CommonOptions common;
  CheckOptions check;
  ShowFlags show;
  TraceOptions trace;
  RelayFlags relay;
  WhyFlags why;
  DiffFlags diff;
  std::vector<std::string> arguments;  // positionals
};

/// Either an invocation, or what to print and the status to end with (help, version, mistakes).
struct ParseResult {
  std::optional<Invocation> invocation;
  Exit status = Exit::ok;
  std::string out;
  std::string err;
};

ParseResult parse_options(int argc, const char* const* argv);

}  // namespace postlint::cli
