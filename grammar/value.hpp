#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::grammar {

/// One piece of a parameter value, as mac_parse(3) of Postfix cuts it.
struct ValuePart {
  enum class Kind : unsigned char {
    literal,    // text without '$'
    dollar,     // "$$": one literal '$'
    name,       // "$name"
    bracketed,  // "${...}" or "$(...)"
    truncated,  // "${" without its closer: an error; nothing after it is read
    empty_name  // "$" without a name: an error; nothing after it is read
  };
  Kind kind = Kind::literal;
  text::Range range;  // the whole piece
  text::Range body;   // name: the name; bracketed: what stands between the brackets
};

/// Cuts a value into its pieces. Never fails; errors are pieces, and the last ones.
std::vector<ValuePart> parse_value(std::string_view value);

/// How far the release at hand goes in what may stand between the brackets.
struct MacroSyntax {
  bool blanks_around_name = true;    // 3.3
  bool braces_and_relations = true;  // 3.0
  bool operator_suffixes = true;     // 3.6
  bool functions = false;            // 3.11
};

/// What stands between the brackets of ${...}: `name`, `name?text`, `name:text`, `name?{a}:{b}`,
/// and `{left} op {right}` in place of the name.
struct MacroBody {
  enum class Error : unsigned char {
    none,
    name_syntax,        // a byte that belongs into no name
    unbalanced,         // '{' without '}'
    operator_expected,  // after {left}
    bad_suffix,         // of an operator
    right_expected,     // {right} of a relation
    test_expected,      // '?' or ':' after a relation
    colon_expected,     // after ?{text}
    unexpected_input    // after :{text}
  };
  bool relation = false;
  bool function = false;  // name{argument}; the argument is in `left`
  text::Range name;
  text::Range left, operation, suffix, right;  // payloads without their braces
  bool right_seen = false;                     // the relation is complete and can be evaluated
  char test = 0;                               // '?', ':' or none
  std::optional<text::Range> if_true;
  std::optional<text::Range> if_false;
  /// Where parsing stopped. What stands before was evaluated by then.
  Error error = Error::none;
  std::uint32_t error_at = 0;
};

MacroBody parse_macro_body(std::string_view body, const MacroSyntax& syntax);

}  // namespace postlint::grammar
