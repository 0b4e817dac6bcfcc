#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/address.hpp"

/// The token lists of tok822(3): how Postfix takes addresses apart and puts them together. Used by
/// the address functions and the resolver alone.
namespace postlint::smtpd::tokens {

/// One token of an address: an operator character, or text.
struct Token {
  enum Type : std::uint16_t {
    // below atom: the operator character itself; 0: the end of a list being parsed
    end = 0,
    atom = 256,
    quoted,       // "text", held without quotes
    comment,      // held with its parentheses
    literal,      // [text], held without brackets
    address,      // a group of tokens
    start_group,  // the ':' of a named group
  };
  std::uint16_t type = end;
  std::string text;
  std::vector<Token> children;  // of an address
  bool in_group = false;        // tokens of a group get no white space between them
};
using List = std::vector<Token>;

inline constexpr std::size_t npos = static_cast<std::size_t>(-1);

Token token(char op);
Token token(Token::Type type, std::string_view text);

/// tok822_scan(3): external form to a flat list. Nothing is lost but white space.
List scan(std::string_view external);
/// tok822_parse(3): as above, with the addresses grouped.
List parse(std::string_view external);
/// tok822_internalize(3).
std::string internalize(const List& list);
/// tok822_externalize(3) of one address node with these tokens.
std::string externalize_address(const List& list);

/// First and last token of a type; npos: none.
std::size_t find(const List& list, std::uint16_t type, std::size_t from = 0);
std::size_t rfind(const List& list, std::uint16_t type);

/// tok822_sub_append(3).
void append(List& list, List added);

/// rewrite_tree() of trivial-rewrite. The list is not empty.
void rewrite(List& list, const RewriteRules& rules);

}  // namespace postlint::smtpd::tokens
