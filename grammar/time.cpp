#include "grammar/time.hpp"

#include <limits>

#include "grammar/x3/number.hpp"

namespace postlint::grammar {
namespace {

std::int32_t seconds_of(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 60 * 60;
    case 'd':
      return 24 * 60 * 60;
    case 'w':
      return 7 * 24 * 60 * 60;
    default:
      return 0;
  }
}

TimeValue& refuse(TimeValue& time, TimeProblem problem, Range at) {
  time.problem = problem;
  time.at = at;
  return time;
}

}  // namespace

TimeValue parse_time(std::string_view text, char default_unit) {
  constexpr std::int32_t longest = std::numeric_limits<std::int32_t>::max();
  const auto end = static_cast<std::uint32_t>(text.size());
  TimeValue time;
  if (text.empty()) return refuse(time, TimeProblem::empty, {0, end});
  Range sign;
  Range after{0, end};
  x3p::CutNumber number;
  if (x3p::parse(text, x3p::number_and_rest, sign, time.number, after)) {
    number = x3p::to_number(text.substr(time.number.lo, time.number.size()),
                            !sign.empty() && text[sign.lo] == '-');
  }
  const Range written{sign.lo, time.number.hi};
  time.unit_at = {after.lo, after.empty() ? after.lo : after.lo + 1};
  time.ignored = {time.unit_at.hi, end};
  time.unit = time.unit_at.empty() ? default_unit : text[after.lo];
  if (number.cut || number.value > longest) return refuse(time, TimeProblem::too_large, written);
  if (number.value < 0) return refuse(time, TimeProblem::negative, written);
  const std::int32_t factor = seconds_of(time.unit);
  if (factor == 0) return refuse(time, TimeProblem::bad_unit, after);
  if (factor > 1 && number.value >= longest / factor) {
    return refuse(time, TimeProblem::too_large, written);
  }
  time.seconds = static_cast<std::int32_t>(number.value) * factor;
  return time;
}

char default_time_unit(std::string_view expanded_default) {
  for (const char c : expanded_default) {
    if (x3p::alnums.has(c) && !x3p::digits.has(c)) return c;
  }
  return 0;
}

}  // namespace postlint::grammar
