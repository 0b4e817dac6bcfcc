#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/logical_line.hpp"

namespace postlint::model {

/// The fields of a master.cf entry, in order (master(5)).
enum class Field : std::uint8_t {
  service,
  type,
  private_,
  unprivileged,
  chroot,
  wakeup,
  process_limit,
  command
};
inline constexpr std::size_t master_fields = 8;

/// A `-o name=value` as the daemon takes it (getopt, then split_nameval).
struct Override {
  std::string_view name;
  text::MappedView value;
  text::Span span;  // from "-o" to the end of the value
  text::Span name_span;
};

/// One argument token as written.
struct ArgumentToken {
  text::MappedView text;  // after {} are stripped
  bool braced = false;
};

/// One master.cf entry, as master(8) and its daemon read it.
struct MasterEntry {
  text::MappedView line;
  std::uint32_t line_number = 0;
  std::array<text::MappedView, master_fields> fields;
  std::vector<ArgumentToken> arguments;
  std::vector<Override> overrides;  // in order; the last of a name counts

  [[nodiscard]] std::string_view field(Field f) const {
    return fields[static_cast<std::size_t>(f)].text();
  }
  [[nodiscard]] text::Span field_span(Field f) const {
    return fields[static_cast<std::size_t>(f)].span();
  }
  /// "name/type"
  [[nodiscard]] std::string display_name() const;
  /// Identity for master(8): canonical endpoint and type, "25/inet" for smtp/inet.
  [[nodiscard]] std::string identity() const;
  /// Last part of the command path: "smtpd".
  [[nodiscard]] std::string_view program() const;
  [[nodiscard]] bool is_smtpd() const { return program() == "smtpd"; }
  /// TCP port of an inet service, where it is a number or a known name.
  [[nodiscard]] std::optional<std::uint16_t> port() const;
  /// Host part of an inet service ("127.0.0.1" of 127.0.0.1:10025); empty: all of inet_interfaces.
  [[nodiscard]] std::string_view host() const;
};

/// Something in master.cf that stops master(8), postconf(1) or the daemon, or is lost.
struct MasterProblem {
  enum class Kind : std::uint8_t {
    leading_white_space,    // entry dropped with a warning
    field_count,            // fewer than 8 fields: fatal
    bad_field,              // see field and detail: fatal
    inet_private,           // inet service cannot be private: fatal
    unbalanced_braces,      // fatal
    text_after_brace,       // fatal
    option_without_equals,  // -o name without '=': the daemon dies
    option_at_end,          // -o without argument
    stray_argument  // unexpected command-line argument: the daemon dies (postscreen does not)
  };
  Kind kind = Kind::field_count;
  Field field = Field::service;
  text::Span span;
  std::uint32_t line_number = 0;
  std::string detail;
  /// Index into MasterCf::entries, where the entry could still be read.
  std::optional<std::size_t> entry;
};

struct MasterCf {
  text::FileId file = text::no_file;
  std::vector<MasterEntry> entries;
  std::vector<MasterProblem> problems;
  text::LineArena arena;
};

MasterCf parse_master_cf(const text::SourceStore& sources, text::FileId file);

}  // namespace postlint::model
