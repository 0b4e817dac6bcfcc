#pragma once

#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// One `key=value` of an inline: table.
struct InlineMember {
  Range range;
  Range key;  // with its quotes, which belong to the key
  Range value;
};

/// Why an inline: table cannot be opened: each lookup fails.
enum class InlineProblem : std::uint8_t {
  none,
  braces,         // bad syntax: not one pair of braces, or nothing at all within
  empty_table,    // no member
  member_braces,  // a member in braces does not balance, or text follows it
  no_key,         // a member of white space alone
  unbalanced_quote,
  missing_equals  // missing '=' after attribute name: "a = b" needs braces of its own
};

struct InlineTable {
  std::vector<InlineMember> members;            // also those behind a bad one
  InlineProblem problem = InlineProblem::none;  // the first one
  Range at;
};

/// `name`: what follows "inline:", with its braces (dict_inline(3)).
InlineTable parse_inline_table(std::string_view name);

/// The rules in the name of a cidr:, regexp: or pcre: table in braces, since 3.7: each is one line
/// of the table, trimmed. Blank ones and those that start with '#' are comments and left out.
struct InlineRules {
  std::vector<Range> rules;
  /// of the table or of a rule: then the table cannot be opened, and each lookup fails.
  BraceProblem problem = BraceProblem::none;
  Range at;
};
InlineRules parse_inline_rules(std::string_view name);

}  // namespace postlint::grammar
