#include "grammar/scalar.hpp"

#include <limits>

#include "grammar/x3/number.hpp"

namespace postlint::grammar {
namespace {

Number refused(NumberProblem problem, Range at) { return {std::nullopt, problem, at}; }

Number parse_number(std::string_view text, std::int64_t lowest, std::int64_t highest) {
  const Range whole{0, static_cast<std::uint32_t>(text.size())};
  if (text.empty()) return refused(NumberProblem::empty, whole);
  Range sign;
  Range digits;
  Range after;
  if (!x3p::parse(text, x3p::number_and_rest, sign, digits, after)) {
    return refused(NumberProblem::not_a_number, whole);
  }
  const x3p::CutNumber number = x3p::to_number(slice(text, digits), slice(text, sign) == "-");
  if (!after.empty()) return refused(NumberProblem::trailing_text, after);
  if (number.cut || number.value < lowest || number.value > highest) {
    return refused(NumberProblem::too_large, {sign.lo, digits.hi});
  }
  return {number.value, NumberProblem::none, {}};
}

/// One part of a level, if it is within its bounds.
std::optional<std::int64_t> part_value(std::string_view text, Range sign, Range digits,
                                       std::int64_t highest) {
  const x3p::CutNumber number = x3p::to_number(slice(text, digits), slice(text, sign) == "-");
  if (number.cut || number.value < 0 || number.value > highest) return std::nullopt;
  return number.value;
}

constexpr std::int64_t highest_part = 0x3ff;
constexpr std::int64_t highest_major = std::numeric_limits<std::int64_t>::max() >> 20;

}  // namespace

Number parse_integer(std::string_view text) {
  return parse_number(text, std::numeric_limits<std::int32_t>::min(),
                      std::numeric_limits<std::int32_t>::max());
}

Number parse_long(std::string_view text) {
  return parse_number(text, std::numeric_limits<std::int64_t>::min(),
                      std::numeric_limits<std::int64_t>::max());
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (x3p::parse(text, x3p::keyword("yes"))) return true;
  if (x3p::parse(text, x3p::keyword("no"))) return false;
  return std::nullopt;
}

std::optional<CompatibilityLevel> parse_compatibility_level(std::string_view text) {
  CompatibilityLevel level;
  Range left{0, static_cast<std::uint32_t>(text.size())};
  for (std::int64_t* part : {&level.major, &level.minor, &level.patch}) {
    Range sign;
    Range digits;
    Range after;
    if (!x3p::parse(text, left, x3p::number_and_rest, sign, digits, after)) return std::nullopt;
    const bool major = part == &level.major;
    const auto value = part_value(text, sign, digits, major ? highest_major : highest_part);
    if (!value) return std::nullopt;
    *part = *value;
    if (after.empty()) return level;
    if (text[after.lo] != '.') return std::nullopt;
    left = {after.lo + 1, after.hi};
  }
  return std::nullopt;
}

}  // namespace postlint::grammar
