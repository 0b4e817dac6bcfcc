#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// Characters and words as the C locale sees them, whatever the locale is: bytes above 0x7f belong
/// to no class and have no case.
namespace postlint::text {

inline constexpr std::size_t npos = std::string_view::npos;

constexpr unsigned char byte(char c) { return static_cast<unsigned char>(c); }

constexpr bool is_ascii(char c) { return byte(c) < 0x80; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_control(char c) { return byte(c) < ' ' || c == 0x7f; }
/// White space as isspace(3) has it.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
/// What parts words within a line.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// What parts words in a text of several lines.
constexpr bool is_blank_or_line_end(char c) { return is_blank(c) || c == '\r' || c == '\n'; }

constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}
inline std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

/// Equal but for the case of letters.
constexpr bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}
/// Is the word one of those between the commas?
constexpr bool is_listed(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::string_view first = words.substr(0, words.find(','));
    if (first == word) return true;
    words.remove_prefix(std::min(first.size() + 1, words.size()));
  }
  return false;
}
/// alldig(3): digits only, and at least one.
constexpr bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
/// Looks at all of it: many bytes at once, as whole files are asked about.
constexpr bool all_ascii(std::string_view text) {
  unsigned seen = 0;
  for (const char c : text) seen |= byte(c);
  return seen < 0x80;
}

}  // namespace postlint::text
