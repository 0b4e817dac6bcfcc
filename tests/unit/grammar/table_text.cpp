#include "grammar/table_text.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string entry(std::string_view line) {
  const TextEntry result = parse_text_entry(line);
  const char* problems[] = {"", " leading_white_space", " unbalanced_quote", " missing_value"};
  return sub(line, result.key) + '|' + sub(line, result.value) +
         problems[static_cast<int>(result.problem)] + (result.key_with_colon ? " colon" : "");
}

TEST_CASE("a text table entry is a key, white space and a value", "[grammar]") {
  CHECK(entry("a@b OK") == "a@b|OK");
  CHECK(entry("a@b \t REJECT go away \r") == "a@b|REJECT go away");
  CHECK(entry("a\vb") == "a|b");
  CHECK(entry("\"a b\"@c x") == "\"a b\"@c|x");
  CHECK(entry("a\\ b x") == "a\\ b|x");
  CHECK(entry("a\\\" b") == "a\\\"|b");
  CHECK(entry("a b # c") == "a|b # c");
}

TEST_CASE("lines that give no text table entry", "[grammar]") {
  CHECK(entry("a") == "a| missing_value");
  CHECK(entry("a ") == "a| missing_value");
  CHECK(entry("a\\") == "a\\| missing_value");
  CHECK(entry("\"a b") == "\"a b|\"a b unbalanced_quote");
  CHECK(entry("a: b") == "a:|b colon");
  CHECK(entry(std::string_view("a b\0c", 5)) == "a|b");
  CHECK(entry(std::string_view("a\0 b", 4)) == "a| missing_value");
  CHECK(entry("") == "| missing_value");
}

TEST_CASE("text tables are read line by logical line", "[grammar]") {
  const text::SourceFile file("t", " x y\n# c\na b\n  c\nd\n\ne f\n");
  text::LineArena arena;
  std::string seen;
  for_each_text_entry(
      file, text::FileId{0}, arena, [&](const text::LogicalLine& line, const TextEntry& result) {
        seen += std::to_string(line.line) + ':' + sub(line.text, result.key) + '=' +
                sub(line.text, result.value) + (result.problem == TextProblem::none ? " " : "! ");
      });
  CHECK(seen == "1:=! 3:a=b  c 5:d=! 7:e=f ");
}

}  // namespace
}  // namespace postlint::grammar::test
