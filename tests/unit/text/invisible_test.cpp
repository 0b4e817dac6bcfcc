#include "src/text/invisible.hpp"

#include "tests/catch.hpp"

namespace postlint::text {

TEST_CASE("characters that only look like white space are found", "[text]") {
  const auto all = invisible_characters(
      "ab\xC2\xA0"
      "c\xE2\x80\x8D");
  REQUIRE(all.size() == 2);
  CHECK(all[0].range == Range{2, 4});
  CHECK(all[0].name == "no-break space (U+00A0)");
  CHECK(all[0].blank);
  CHECK(all[1].range == Range{5, 8});
  CHECK_FALSE(all[1].blank);
}

TEST_CASE("letters that hold the byte A0 are no white space", "[text]") {
  CHECK(invisible_characters("voil\xC3\xA0, \xE2\x82\xA0").empty());
  CHECK(invisible_characters("plain text\t\r\n").empty());
  const auto latin = invisible_characters(
      "caf\xE9\xA0"
      "au lait");
  REQUIRE(latin.size() == 1);
  CHECK(latin[0].name == "no-break space of Latin-1 (byte A0)");
}

}  // namespace postlint::text
