#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postlint::model {

/// N[.N[.N]] as one comparable number (compat_level(3)); nothing for malformed text.
std::optional<std::int64_t> parse_compatibility_level(std::string_view text);

/// strtol(3) base 10 at the start of the text: leading white space and a sign are taken. `length`
/// is what was read (0: no number); nothing where the value does not fit 64 bits.
std::optional<std::int64_t> parse_leading_integer(std::string_view text, std::size_t& length);

}  // namespace postlint::model
