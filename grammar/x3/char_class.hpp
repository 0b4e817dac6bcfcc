#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postlint::grammar::x3p {

/// A set of bytes: no call into the C library, no locale. A bit each, as parsers are copied.
class CharClass {
 public:
  constexpr CharClass() = default;
  constexpr explicit CharClass(std::string_view members) {
    for (const char c : members) word(c) |= bit(c);
  }
  [[nodiscard]] constexpr bool has(char c) const { return (words_[index(c)] & bit(c)) != 0; }

  constexpr CharClass operator|(const CharClass& other) const {
    CharClass joined;
    for (std::size_t i = 0; i < words_.size(); ++i) joined.words_[i] = words_[i] | other.words_[i];
    return joined;
  }
  constexpr CharClass operator~() const {
    CharClass inverse;
    for (std::size_t i = 0; i < words_.size(); ++i) inverse.words_[i] = ~words_[i];
    return inverse;
  }

 private:
  static constexpr std::size_t index(char c) { return static_cast<unsigned char>(c) / 64U; }
  static constexpr std::uint64_t bit(char c) {
    return std::uint64_t{1} << (static_cast<unsigned char>(c) % 64U);
  }
  constexpr std::uint64_t& word(char c) { return words_[index(c)]; }
  std::array<std::uint64_t, 4> words_{};
};

/// CHARS_SPACE and CHARS_COMMA_SP of Postfix: what separates the words of lists. VT and FF do not.
inline constexpr CharClass blanks{" \t\r\n"};
inline constexpr CharClass comma_blanks{", \t\r\n"};
/// ISSPACE of Postfix.
inline constexpr CharClass spaces{" \t\n\v\f\r"};
inline constexpr CharClass digits{"0123456789"};
/// ISALNUM of Postfix: ASCII alone.
inline constexpr CharClass alnums{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"};

}  // namespace postlint::grammar::x3p
