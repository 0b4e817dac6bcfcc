#include "src/cli/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>

#include "src/cli/version.hpp"
#include "src/database/database.hpp"

namespace postlint::cli {

namespace {

using Formats = std::map<std::string, Format>;

/// What help shows of an option's values is written by hand in its description.
CLI::Option* plain(CLI::Option* option, const char* type) { return option->type_name(type); }

void add_format(CLI::App& app, CommonOptions& common, const Formats& formats) {
  std::string names;
  for (const auto& [name, format] : formats) names += (names.empty() ? "" : "|") + name;
  plain(app.add_option_function<std::string>(
            "--format",
            [&common, formats, names](const std::string& word) {
              const auto found = formats.find(word);
              if (found == formats.end()) {
                throw CLI::ValidationError("--format", "'" + word + "' is not one of " + names);
              }
              common.format = found->second;
            },
            "form of the output: " + names),
        "FORMAT");
}

void set_color(CommonOptions& common, const std::string& word) {
  if (word == "auto") {
    common.color = Color::automatic;
  } else if (word == "always") {
    common.color = Color::always;
  } else if (word == "never") {
    common.color = Color::never;
  } else {
    throw CLI::ValidationError("--color", "'" + word + "' is not one of auto|always|never");
  }
}

void add_mapping(CommonOptions& common, const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("--map", "'" + word + "' is not of the form FROM=TO");
  }
  common.map.emplace_back(word.substr(0, equals), word.substr(equals + 1));
}

void add_output(CLI::App& app, CommonOptions& common, const Formats& formats) {
  add_format(app, common, formats);
  plain(app.add_option_function<std::string>(
            "--color", [&common](const std::string& word) { set_color(common, word); },
            "auto|always|never (also: NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE)"),
        "WHEN");
  app.add_flag("-q,--quiet", common.quiet, "print the result only: no summary, no remarks");
}

void add_version(CLI::App& app, CommonOptions& common) {
  plain(app.add_option("--postfix-version", common.postfix_version,
                       "release to check against: X.Y or X.Y.Z (default: the newest known)"),
        "X.Y[.Z]");
  plain(app.add_option_function<std::string>(
            "--packaging",
            [&common](const std::string& word) {
              if (!database::Database::known_packaging(word)) {
                throw CLI::ValidationError("--packaging",
                                           "'" + word + "' is not one of debian|upstream");
              }
              common.packaging = word;
            },
            "whose compiled defaults: debian (also Ubuntu; the default) or upstream"),
        "WHOSE");
  plain(app.add_option("--database", common.databases,
                       "add or override rows of the parameter database (repeatable)")
            ->allow_extra_args(false),
        "FILE");
}

/// The options of commands that read a configuration.
void add_configuration(CLI::App& app, CommonOptions& common) {
  plain(app.add_option("-c", common.config_directory, "configuration directory, as for postconf"),
        "DIR");
  plain(app.add_option("--facts", common.facts, "what cannot be known offline, as JSON"), "FILE");
  app.add_flag("--this-host", common.this_host,
               "take the name and addresses of the host from this machine");
  plain(
      app.add_option("--root", common.root, "paths of the configuration lie below this directory"),
      "DIR");
  plain(app.add_option_function<std::vector<std::string>>(
               "--map",
               [&common](const std::vector<std::string>& words) {
                 for (const std::string& word : words) add_mapping(common, word);
               },
               "where a path of the configuration leads on this machine (repeatable)")
            ->allow_extra_args(false),
        "FROM=TO");
}

void add_check(CLI::App& sub, Invocation& invocation) {
  CheckOptions& check = invocation.check;
  plain(sub.add_option("PATH", invocation.arguments,
                       "directories, main.cf files, or '-' for a main.cf on standard input"),
        "");
  plain(sub.add_option("--select", check.select, "only these rules or categories")
            ->delimiter(',')
            ->allow_extra_args(false),
        "RULE,...");
  plain(sub.add_option("--ignore", check.ignore, "not these rules or categories")
            ->delimiter(',')
            ->allow_extra_args(false),
        "RULE,...");
  plain(sub.add_option("--persona", check.persona, "regular|pedantic|auditor: how much to hear of"),
        "WHO");
  plain(sub.add_option("--fail-on", check.fail_on,
                       "error|warning|info|style|never: exit 1 from here on (default warning)"),
        "LEVEL");
  sub.add_flag_callback(
      "--no-suppressions", [&check] { check.suppressions = false; },
      "show what '# postlint:' comments hide");
  plain(sub.add_option("--baseline", check.baseline, "hide the findings that this file records"),
        "FILE");
  plain(
      sub.add_option("--write-baseline", check.write_baseline, "record all findings in this file"),
      "FILE");
  plain(sub.add_option("--config", check.site_config,
                       "site configuration (default: .postlint.toml here or above)"),
        "FILE");
  sub.add_flag("--no-config", check.no_site_config, "read no site configuration");
  plain(sub.add_option("--assert", check.assertions,
                       "what must hold, e.g. \"stranger -> foreign: reject\" (repeatable)")
            ->allow_extra_args(false),
        "TEXT");
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common,
             {{"text", Format::text}, {"json", Format::json}, {"gcc", Format::gcc}});
}

void add_show(CLI::App& sub, Invocation& invocation) {
  ShowFlags& show = invocation.show;
  sub.set_help_flag("--help", "print this help message and exit");
  plain(
      sub.add_option("PATH_OR_NAME", invocation.arguments,
                     "a configuration (., or with a '/', or a file that exists), then parameters"),
      "");
  sub.add_flag("-n", show.only_set, "only what main.cf sets");
  sub.add_flag("-x", show.expand, "expand $name");
  sub.add_flag("-d", show.defaults, "defaults instead of settings");
  sub.add_flag("-f", show.fold, "fold long lines");
  sub.add_flag("-h", show.hide_name, "values without names");
  sub.add_flag("-H", show.hide_value, "names without values");
  sub.add_flag("-M", show.master_entries, "entries of master.cf");
  sub.add_flag("-P", show.master_settings, "-o settings of master.cf");
  sub.add_flag("--origin", show.origin, "say where each value comes from");
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common, {{"text", Format::text}, {"json", Format::json}});
}

void add_missing_tables(CLI::App& sub, bool& absent) {
  plain(sub.add_option_function<std::string>(
            "--missing-tables",
            [&absent](const std::string& word) {
              if (word != "absent" && word != "unknown") {
                throw CLI::ValidationError("--missing-tables",
                                           "'" + word + "' is not one of absent|unknown");
              }
              absent = word == "absent";
            },
            "what tables that cannot be read here are on the server: absent|unknown (default)"),
        "WHAT");
}

void add_request(CLI::App& sub, TraceOptions& trace) {
  plain(sub.add_option("--client", trace.client, "address of the client"), "ADDRESS");
  plain(sub.add_option("--client-name", trace.client_name,
                       "its verified name; unknown: it has none; tempfail: the lookup fails"),
        "NAME");
  plain(sub.add_option("--reverse-name", trace.reverse_name, "name in its PTR record"), "NAME");
  CLI::Option* helo = plain(sub.add_option("--helo", trace.helo, "name in EHLO"), "NAME");
  sub.add_flag("--no-helo", trace.no_helo, "the client sends none")->excludes(helo);
  plain(sub.add_option("--from", trace.from, "sender (default: the null address)"), "ADDRESS");
  plain(sub.add_option("--to", trace.to, "recipient (repeatable)")->allow_extra_args(false),
        "ADDRESS");
  plain(sub.add_option("--sasl", trace.sasl, "the client logs in as this user"), "USER");
  plain(sub.add_option("--tls", trace.tls, "STARTTLS, with a client certificate or without"),
        "anonymous|FINGERPRINT");
  plain(sub.add_option("--size", trace.size, "SIZE= of MAIL FROM"), "BYTES");
  plain(sub.add_option("--until", trace.until,
                       "last stage: connect|helo|starttls|auth|mail|rcpt|data|eod (default rcpt)"),
        "STAGE");
}

void add_trace(CLI::App& sub, Invocation& invocation) {
  TraceOptions& trace = invocation.trace;
  plain(sub.add_option("PATH", invocation.arguments, "the configuration"), "")->expected(0, 1);
  plain(sub.add_option("--service", trace.service, "NAME/TYPE, NAME or port of an smtpd service"),
        "SERVICE");
  add_request(sub, trace);
  plain(sub.add_option("--requests", trace.requests,
                       "play many: a JSON object a line, one result a line ('-': standard input)"),
        "FILE");
  add_missing_tables(sub, trace.missing_tables_absent);
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common, {{"text", Format::text}, {"json", Format::json}});
}

void add_relay(CLI::App& sub, Invocation& invocation) {
  RelayFlags& relay = invocation.relay;
  plain(sub.add_option("PATH", invocation.arguments, "the configuration"), "")->expected(0, 1);
  plain(sub.add_option("--service", relay.service,
                       "NAME/TYPE, NAME or port of an smtpd service (default: all)"),
        "SERVICE");
  plain(sub.add_option("--fail-on", relay.fail_on,
                       "depends|limited|open: exit 1 from here on (default limited)"),
        "VERDICT");
  plain(sub.add_option("--stranger", relay.strangers,
                       "strangers come from this network alone (repeatable)")
            ->allow_extra_args(false),
        "CIDR");
  plain(sub.add_option("--trust", relay.trusted, "no stranger comes from this network (repeatable)")
            ->allow_extra_args(false),
        "CIDR");
  add_missing_tables(sub, relay.missing_tables_absent);
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common,
             {{"text", Format::text}, {"json", Format::json}, {"html", Format::html}});
}

void add_why(CLI::App& sub, Invocation& invocation) {
  plain(sub.add_option("TEXT", invocation.arguments,
                       "the text, or '-': standard input (a bounce, a whole mail log)")
            ->required(),
        "");
  add_missing_tables(sub, invocation.why.missing_tables_absent);
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common, {{"text", Format::text}, {"json", Format::json}});
}

void add_diff(CLI::App& sub, Invocation& invocation) {
  plain(sub.add_option("OLD NEW", invocation.arguments,
                       "two configurations: directories, or git:REVISION:PATH")
            ->required()
            ->expected(2),
        "");
  plain(sub.add_option("--fail-on", invocation.diff.fail_on,
                       "wider|any: exit 1 where access gets wider (default), or on any difference"),
        "WHAT");
  add_missing_tables(sub, invocation.diff.missing_tables_absent);
  add_configuration(sub, invocation.common);
  add_version(sub, invocation.common);
  add_output(sub, invocation.common,
             {{"text", Format::text}, {"json", Format::json}, {"markdown", Format::markdown}});
}

void add_explain(CLI::App& sub, Invocation& invocation) {
  plain(sub.add_option("NAME", invocation.arguments,
                       "e.g. relay/open-relay, mynetworks, permit_mynetworks")
            ->required(),
        "");
  add_version(sub, invocation.common);
  add_output(sub, invocation.common, {{"text", Format::text}});
}

void add_rules(CLI::App& sub, Invocation& invocation) {
  plain(sub.add_option("RULE", invocation.arguments, "rules or categories (default: all)"), "");
  add_output(sub, invocation.common,
             {{"text", Format::text}, {"json", Format::json}, {"markdown", Format::markdown}});
}

/// A command, with what adds its options.
struct Subcommand {
  Command command;
  const char* name;
  const char* description;
  void (*add_options)(CLI::App& sub, Invocation& invocation);
};

constexpr Subcommand subcommands[] = {
    {Command::check, "check", "find mistakes in a configuration", add_check},
    {Command::show, "show", "print the effective configuration, as postconf does", add_show},
    {Command::explain, "explain", "explain a rule, a parameter or a restriction", add_explain},
    {Command::rules, "rules", "list the catalogue of rules", add_rules},
    {Command::trace, "trace", "play a request: what would the server answer, and why", add_trace},
    {Command::relay, "relay", "who may send mail through this server, and to where", add_relay},
    {Command::why, "why", "explain a refusal: log lines, a bounce, or an SMTP reply", add_why},
    {Command::diff, "diff", "what a change does: access, values, services, findings", add_diff},
};

/// Only the command that is given gets its options: most of the start is spent on them.
void add_subcommand(CLI::App& app, Invocation& invocation, const Subcommand& row) {
  CLI::App& sub = *app.add_subcommand(row.name, row.description);
  sub.preparse_callback([&sub, &invocation, &row](std::size_t) {
    row.add_options(sub, invocation);
    invocation.command = row.command;
  });
}

/// The command that the first argument names, or all of them, to choose from.
void add_subcommands(CLI::App& app, Invocation& invocation, int argc, const char* const* argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  const auto* named = std::find_if(std::begin(subcommands), std::end(subcommands),
                                   [&](const Subcommand& row) { return row.name == first; });
  if (named != std::end(subcommands)) return add_subcommand(app, invocation, *named);
  for (const Subcommand& row : subcommands) add_subcommand(app, invocation, row);
}

ParseResult ended(const CLI::App& app, const CLI::Error& error) {
  ParseResult result;
  std::ostringstream out;
  std::ostringstream err;
  const int status = app.exit(error, out, err);
  result.out = out.str();
  if (status == 0) return result;
  result.status = Exit::usage;
  result.err =
      "postlint: " + std::string(error.what()) + "\nRun with --help for more information.\n";
  result.out.clear();
  return result;
}

}  // namespace

Exit worst(Exit a, Exit b) {
  for (const Exit each :
       {Exit::defect, Exit::usage, Exit::unreadable, Exit::findings, Exit::nothing}) {
    if (a == each || b == each) return each;
  }
  return Exit::ok;
}

ParseResult parse_options(int argc, const char* const* argv) {
  Invocation invocation;
  CLI::App app("postlint: a static analyser for Postfix configuration", "postlint");
  app.set_version_flag("--version", std::string("postlint ") + version_text,
                       "print the version and exit");
  app.require_subcommand(1);
  add_subcommands(app, invocation, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ended(app, error);
  }
  ParseResult result;
  result.invocation = std::move(invocation);
  return result;
}

}  // namespace postlint::cli
