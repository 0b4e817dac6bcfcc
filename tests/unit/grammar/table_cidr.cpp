#include "grammar/table_cidr.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string rule(std::string_view line, std::size_t nesting = 0) {
  const CidrRule result = parse_cidr_rule(line, nesting);
  if (result.problem != CidrProblem::none) return problem_text(line, result);
  const char* ops[] = {"", "if ", "endif"};
  std::string out = ops[static_cast<int>(result.op)];
  if (result.negated) out += '!';
  if (result.network.network) out += to_text(*result.network.network);
  if (!result.result.empty()) out += " = " + sub(line, result.result);
  return out;
}

TEST_CASE("cidr rules are a pattern and a result", "[grammar]") {
  CHECK(rule("192.0.2.0/24 REJECT # no") == "192.0.2.0/24 = REJECT # no");
  CHECK(rule("[2001:db8::]/32\tOK \r") == "2001:db8::/32 = OK");
  CHECK(rule("!10.0.0.0/8 x") == "!10.0.0.0/8 = x");
  CHECK(rule("! !\t10.0.0.0/8 x") == "10.0.0.0/8 = x");
  CHECK(rule("192.0.2.0/24") == "no lookup result");
  CHECK(rule("192.0.2.1/24") ==
        "non-null host address bits in \"192.0.2.1/24\", perhaps you should use "
        "\"192.0.2.0/24\" instead");
  CHECK(rule("foo OK") == "bad address pattern: \"foo\"");
  CHECK(rule("! ") == "no address pattern");
  CHECK(rule(std::string_view("1.2.3.4 a\0b", 11)) == "1.2.3.4/32 = a");
}

TEST_CASE("cidr tables have if blocks", "[grammar]") {
  CHECK(rule("if 10.0.0.0/8 ") == "if 10.0.0.0/8");
  CHECK(rule("IF!10.0.0.0/8") == "if !10.0.0.0/8");
  CHECK(rule("if 10.0.0.0/8 x") == "bad mask value in \"10.0.0.0/8 x\"");
  CHECK(rule("if") == "no address pattern");
  CHECK(rule("endif", 1) == "endif");
  CHECK(rule("EndIf \t", 1) == "endif");
  CHECK(rule("endif") == "ENDIF without IF");
  CHECK(rule("endif x", 1) == "garbage after ENDIF");
  CHECK(rule("endifx y", 1) == "bad address pattern: \"endifx\"");
}

TEST_CASE("problems of cidr rules have a place", "[grammar]") {
  const CidrRule result = parse_cidr_rule("!  10.0.0.0/33 x", 0);
  CHECK(result.problem == CidrProblem::bad_pattern);
  CHECK(result.at == Range{12, 14});
  CHECK(result.pattern == Range{3, 14});
}

TEST_CASE("an if without endif is told at the end of the table", "[grammar]") {
  const text::SourceFile file("t", "if 10.0.0.0/8\nif 10.1.0.0/16\nif 1.2.3.4/8\nendif\n");
  text::LineArena arena;
  int lines = 0;
  const auto open = for_each_cidr_rule(file, text::FileId{0}, arena,
                                       [&](const text::LogicalLine&, const CidrRule&) { ++lines; });
  CHECK(lines == 4);
  REQUIRE(open.size() == 1);
  CHECK(open[0].line == 1);
}

}  // namespace
}  // namespace postlint::grammar::test
