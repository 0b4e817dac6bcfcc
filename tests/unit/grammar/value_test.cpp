#include "grammar/value.hpp"

#include <string>

#include "tests/catch.hpp"

namespace postlint::grammar::test {
using PartKind = ValuePart::Kind;
using Error = MacroBody::Error;

namespace {

std::string cut(std::string_view text, postlint::text::Range range) {
  return std::string(text.substr(range.lo, range.size()));
}

MacroBody body(std::string_view text) { return parse_macro_body(text, {}); }

}  // namespace

TEST_CASE("a value is cut into literals and references") {
  const std::string_view text = "a$$b${x?{}}$(y)$z_1-$";
  const auto parts = parse_value(text);
  REQUIRE(parts.size() == 8);
  CHECK(parts[1].kind == PartKind::dollar);
  CHECK(parts[3].kind == PartKind::bracketed);
  CHECK(cut(text, parts[3].body) == "x?{}");
  CHECK(cut(text, parts[4].body) == "y");
  CHECK(parts[5].kind == PartKind::name);
  CHECK(cut(text, parts[5].body) == "z_1");
  CHECK(parts[7].kind == PartKind::empty_name);
}

TEST_CASE("brackets are balanced for their own kind only, and an open one ends the value") {
  CHECK(parse_value("$(a{)b}")[0].range.hi == 5);
  const auto parts = parse_value("x${a${b}");
  REQUIRE(parts.size() == 2);
  CHECK(parts[1].kind == PartKind::truncated);
}

TEST_CASE("a plain operand takes all the rest, a braced one is balanced") {
  const std::string_view plain = "a?b:c";
  CHECK(cut(plain, *body(plain).if_true) == "b:c");
  CHECK_FALSE(body(plain).if_false);
  const std::string_view braced = "a ? { b } : c d";
  CHECK(cut(braced, body(braced).name) == "a");
  CHECK(cut(braced, *body(braced).if_true) == " b ");
  CHECK(cut(braced, *body(braced).if_false) == " c d");
}

TEST_CASE("relations take one of six operators and an optional suffix") {
  const std::string_view text = "{$a} <level {3.6} ? {x} : {y}";
  const MacroBody tree = body(text);
  CHECK(tree.relation);
  CHECK(tree.right_seen);
  CHECK(cut(text, tree.operation) == "<");
  CHECK(cut(text, tree.suffix) == "level");
  CHECK(cut(text, *tree.if_false) == "y");
  CHECK(body("{a}<>{b}").error == Error::operator_expected);
  CHECK(body("{a}==foo{b}").error == Error::bad_suffix);
  CHECK(body("{a}== b").error == Error::right_expected);
  CHECK(body("{a}=={b}x").error == Error::test_expected);
  CHECK(body("{a}=={b").error == Error::unbalanced);
}

TEST_CASE("errors in names and after operands are found where Postfix finds them") {
  CHECK(body("my domain").error == Error::name_syntax);
  CHECK(body("my domain").error_at == 2);
  CHECK(body("a?{x}y").error == Error::colon_expected);
  CHECK(body("a:{x}:{y}").error == Error::unexpected_input);
  CHECK(body("a?{x}:{y").error == Error::unbalanced);
}

TEST_CASE("old releases know no braces, no relations and no blanks") {
  const MacroSyntax old{false, false, false, false};
  CHECK(parse_macro_body(" a", old).error == Error::name_syntax);
  CHECK(parse_macro_body("{a}=={b}", old).error == Error::name_syntax);
  const std::string_view text = "a?{x}:{y}";
  CHECK(cut(text, *parse_macro_body(text, old).if_true) == "{x}:{y}");
}

}  // namespace postlint::grammar::test
