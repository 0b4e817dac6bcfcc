#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// Why a number is refused: "bad numerical configuration" for each of them.
enum class NumberProblem : std::uint8_t {
  none,
  empty,
  not_a_number,   // no digit where the number should be
  trailing_text,  // the number is fine, text follows it: "10k", "5 "
  too_large       // does not fit into the type
};

struct Number {
  std::optional<std::int64_t> value;
  NumberProblem problem = NumberProblem::none;
  Range at;  // of the problem
};

/// An integer parameter: strtol(3) with base 10 over the whole text, which must fit into an int.
/// White space and a sign may come first, nothing may follow (mail_conf_int(3)).
Number parse_integer(std::string_view text);
/// As above with the range of a long (mail_conf_long(3)).
Number parse_long(std::string_view text);

/// "yes" or "no" in any case, and nothing else (mail_conf_bool(3)).
std::optional<bool> parse_boolean(std::string_view text);

/// N[.N[.N]] as Postfix has it since 3.6 (compat_level(3)); missing parts are 0.
struct CompatibilityLevel {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::int64_t patch = 0;

  friend auto operator<=>(const CompatibilityLevel&, const CompatibilityLevel&) = default;
};

/// Nothing: "malformed compatibility level syntax". Minor and patch level are at most 1023.
std::optional<CompatibilityLevel> parse_compatibility_level(std::string_view text);

}  // namespace postlint::grammar
