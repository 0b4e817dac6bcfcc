#pragma once

#include <array>
#include <string_view>

namespace postlint::grammar::x3p {

/// A set of bytes as a table: no call into the C library, no locale. Parsers refer to it: it is to
/// be a constant with a name.
class CharClass {
 public:
  constexpr CharClass() = default;
  constexpr explicit CharClass(std::string_view members) {
    for (const char c : members) has_[index(c)] = true;
  }
  [[nodiscard]] constexpr bool has(char c) const { return has_[index(c)]; }

  constexpr CharClass operator|(const CharClass& other) const {
    CharClass joined;
    for (std::size_t i = 0; i < has_.size(); ++i) joined.has_[i] = has_[i] || other.has_[i];
    return joined;
  }
  constexpr CharClass operator~() const {
    CharClass inverse;
    for (std::size_t i = 0; i < has_.size(); ++i) inverse.has_[i] = !has_[i];
    return inverse;
  }

 private:
  static constexpr std::size_t index(char c) { return static_cast<unsigned char>(c); }
  std::array<bool, 256> has_{};
};

/// CHARS_SPACE and CHARS_COMMA_SP of Postfix: what separates the words of lists. VT and FF do not.
inline constexpr CharClass blanks{" \t\r\n"};
inline constexpr CharClass comma_blanks{", \t\r\n"};
/// ISSPACE of Postfix.
inline constexpr CharClass spaces{" \t\n\v\f\r"};
inline constexpr CharClass no_blanks = ~blanks;
inline constexpr CharClass no_comma_blanks = ~comma_blanks;
inline constexpr CharClass no_spaces = ~spaces;
inline constexpr CharClass signs{"+-"};
inline constexpr CharClass digits{"0123456789"};
/// ISALNUM of Postfix: ASCII alone.
inline constexpr CharClass alnums{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"};

}  // namespace postlint::grammar::x3p
