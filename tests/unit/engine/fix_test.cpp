#include "src/engine/fix.hpp"

#include "tests/catch.hpp"

namespace postlint::engine {

namespace {
constexpr text::FileId file{0};
}

TEST_CASE("edits are kept in the order of their places", "[engine]") {
  const Fix fix = Fix::safe("t").replace({file, 10, 12}, "b").insert_before({file, 2, 4}, "a");
  REQUIRE(fix.edits().size() == 2);
  CHECK(fix.edits()[0].span == text::Span{file, 2, 2});
  CHECK(fix.edits()[1].replacement == "b");
}

TEST_CASE("an edit outside all files turns a fix into advice", "[engine]") {
  const Fix fix = Fix::safe("t").remove({file, 1, 2}).remove({});
  CHECK(fix.applicability() == Applicability::display);
  CHECK(fix.edits().empty());
}

TEST_CASE("edits that touch do not overlap", "[engine]") {
  const Fix fix =
      Fix::unsafe("t").remove({file, 1, 4}).remove({file, 4, 8}).insert_after({file, 7, 8}, "x");
  CHECK(fix.edits().size() == 3);
}

TEST_CASE("a word is quoted for the shell", "[engine]") {
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
}

}  // namespace postlint::engine
