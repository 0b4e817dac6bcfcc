#include "grammar/inline_table.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string members(std::string_view name) {
  const InlineTable result = parse_inline_table(name);
  const char* problems[] = {"",       "braces",           "empty_table",   "member_braces",
                            "no_key", "unbalanced_quote", "missing_equals"};
  std::string out;
  for (const InlineMember& member : result.members) {
    out += '<' + sub(name, member.key) + '|' + sub(name, member.value) + "> ";
  }
  return out + problems[static_cast<int>(result.problem)];
}

TEST_CASE("inline tables hold key=value", "[grammar]") {
  CHECK(members("{a=b}") == "<a|b> ");
  CHECK(members("{ a=b, {c = d e} f= }") == "<a|b> <c|d e> <f|> ");
  CHECK(members("{a={b c}}") == "<a|{b c}> ");
  CHECK(members("{{\"a b\"@c = x}}") == "<\"a b\"@c|x> ");
  CHECK(members("{=x}") == "<|x> ");
}

TEST_CASE("mistakes in inline tables", "[grammar]") {
  CHECK(members("{ x = 1 }") == "<|> missing_equals");
  CHECK(members("{a, b=c}") == "<b|c> missing_equals");
  CHECK(members("{}") == "braces");
  CHECK(members("{ }") == "empty_table");
  CHECK(members("a=b") == "braces");
  CHECK(members("{a=b}c") == "braces");
  CHECK(members("{{a=b}c}") == "member_braces");
  CHECK(members("{{ }}") == "no_key");
  CHECK(members("{\"a=b}") == "unbalanced_quote");
  CHECK(parse_inline_table("{a, b=c}").at == Range{1, 2});
}

std::string rules(std::string_view name) {
  const InlineRules result = parse_inline_rules(name);
  const char* problems[] = {"", " no_opening", " no_closing", " text_after_end"};
  return dump(name, result.rules) + problems[static_cast<int>(result.problem)];
}

TEST_CASE("inline rules stand in braces of their own", "[grammar]") {
  CHECK(rules("{{/a b/ c}, { !/d/ e }}") == "[/a b/ c] [!/d/ e]");
  CHECK(rules("{, }") == "");
  CHECK(rules("{{ }, {# x}}") == "");
  CHECK(rules("{/a/ b}") == " no_opening");
  CHECK(rules("{{a b}x}") == " text_after_end");
  CHECK(rules("{{a b}}x") == "[a b] text_after_end");
  CHECK(rules("{{a b}") == "[a b] no_closing");
}

}  // namespace
}  // namespace postlint::grammar::test
