#include "src/model/compatibility_level.hpp"

#include <charconv>
#include <limits>

#include "src/text/logical_line.hpp"

namespace postlint::model {

std::optional<std::int64_t> parse_leading_integer(std::string_view text, std::size_t& length) {
  length = 0;
  std::size_t at = 0;
  while (at < text.size() && text::is_space(text[at])) ++at;
  const bool plus = at < text.size() && text[at] == '+';
  const std::size_t digits = plus ? at + 1 : at;
  if (plus && digits < text.size() && text[digits] == '-') return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + digits, text.data() + text.size(), value);
  if (error == std::errc::invalid_argument) return 0;
  length = static_cast<std::size_t>(end - text.data());
  if (error == std::errc::result_out_of_range) return std::nullopt;
  return value;
}

namespace {

constexpr int part_bits = 10;
constexpr std::int64_t part_max = (1 << part_bits) - 1;
constexpr std::int64_t major_max = std::numeric_limits<std::int64_t>::max() >> (2 * part_bits);

}  // namespace

std::optional<std::int64_t> parse_compatibility_level(std::string_view text) {
  std::int64_t level = 0;
  for (int part = 0; part < 3; ++part) {
    std::size_t length = 0;
    const auto number = parse_leading_integer(text, length);
    const std::int64_t limit = part == 0 ? major_max : part_max;
    if (!number || length == 0 || *number < 0 || *number > limit) return std::nullopt;
    level |= *number << (part_bits * (2 - part));
    if (length == text.size()) return level;
    if (text[length] != '.') return std::nullopt;
    text.remove_prefix(length + 1);
  }
  return std::nullopt;
}

}  // namespace postlint::model
