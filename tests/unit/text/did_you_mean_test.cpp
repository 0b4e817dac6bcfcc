#include "src/text/did_you_mean.hpp"

#include "tests/catch.hpp"

namespace postlint::text {

TEST_CASE("edits are counted", "[text]") {
  CHECK(edit_distance("permit", "permit", 3) == 0);
  CHECK(edit_distance("permit", "PERMIT", 3) == 0);
  CHECK(edit_distance("recepient", "recipient", 3) == 1);
  CHECK(edit_distance("recpiient", "recipient", 3) == 1);
  CHECK(edit_distance("", "abc", 3) == 3);
  CHECK(edit_distance("abc", "xyzuvw", 2) == 3);
}

TEST_CASE("only what is near is offered", "[text]") {
  DidYouMean guess("permit_mynetwork");
  guess.offer("permit");
  guess.offer("permit_mynetworks");
  CHECK(guess.best() == "permit_mynetworks");
  DidYouMean far("xx");
  far.offer("yy");
  CHECK(far.best().empty());
}

}  // namespace postlint::text
