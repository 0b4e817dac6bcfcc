#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar::x3p {

/// What strtol(3) with base 10 takes at the start of a text: white space, a sign, digits.
inline constexpr auto strtol_prefix = any(spaces) >> span[-one(signs)] >> span[some(digits)];
inline constexpr auto number_and_rest = strtol_prefix >> span[rest];

/// The value of digits, cut at the bounds of the type as strtol(3) cuts it.
struct CutNumber {
  std::int64_t value = 0;
  bool cut = false;  // ERANGE
};

inline CutNumber to_number(std::string_view digits_text, bool negative) {
  constexpr auto longest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t bound = negative ? longest + 1 : longest;
  std::uint64_t value = 0;
  for (const char c : digits_text) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (bound - digit) / 10) {
      return {negative ? std::numeric_limits<std::int64_t>::min()
                       : std::numeric_limits<std::int64_t>::max(),
              true};
    }
    value = value * 10 + digit;
  }
  return {static_cast<std::int64_t>(negative ? 0 - value : value), false};
}

}  // namespace postlint::grammar::x3p
