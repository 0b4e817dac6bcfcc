#include "src/engine/config_diff.hpp"

#include "tests/catch.hpp"

namespace postlint::engine {

TEST_CASE("diff_items says nothing of equal lists", "[diff]") {
  const ItemChanges changes = diff_items({"a", "b", "b"}, {"a", "b", "b"});
  CHECK(changes.added.empty());
  CHECK(changes.removed.empty());
  CHECK(changes.moved.empty());
}

TEST_CASE("diff_items names the one word that moved", "[diff]") {
  const ItemChanges changes = diff_items({"a", "b", "c", "d"}, {"b", "c", "d", "a"});
  REQUIRE(changes.moved.size() == 1);
  CHECK(changes.moved[0].item == "a");
  CHECK(changes.moved[0].behind_before.empty());
  CHECK(changes.moved[0].behind_after == "d");
  CHECK(changes.added.empty());
  CHECK(changes.removed.empty());
}

TEST_CASE("diff_items counts equal words", "[diff]") {
  const ItemChanges changes = diff_items({"a", "a", "b"}, {"a", "b", "c"});
  CHECK(changes.removed == std::vector<std::string>{"a"});
  CHECK(changes.added == std::vector<std::string>{"c"});
  CHECK(changes.moved.empty());
}

}  // namespace postlint::engine
