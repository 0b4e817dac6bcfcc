#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// Why a time is refused: "bad time value or unit" for each of them.
enum class TimeProblem : std::uint8_t {
  none,
  empty,
  negative,
  bad_unit,  // neither end of text nor one of s m h d w (lower case) behind the number
  too_large  // the seconds do not fit into an int: 3550w
};

/// A time value (conv_time(3)): digits and one letter. A text without digits counts as 0.
struct TimeValue {
  std::optional<std::int32_t> seconds;
  char unit = 0;  // in force: the one written, else the default
  Range number;
  Range unit_at;  // empty: no unit is written
  Range ignored;  // what stands behind the unit: Postfix does not look at it ("1h30m" is 1h)
  TimeProblem problem = TimeProblem::none;
  Range at;
};

/// `default_unit`: see default_time_unit().
TimeValue parse_time(std::string_view text, char default_unit);

/// The unit of a time without one: the first letter of the expanded default value of the parameter.
/// 0: there is none, and the program aborts.
char default_time_unit(std::string_view expanded_default);

}  // namespace postlint::grammar
