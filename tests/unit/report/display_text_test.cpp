#include "src/report/display_text.hpp"

#include "tests/catch.hpp"

namespace postlint::report {

TEST_CASE("columns of the screen are counted, not bytes", "[report]") {
  const DisplayLine line = display_line(
      "a\tb\xC3\xA9"
      "c\xE6\x97\xA5"
      "d\xFF"
      "e");
  CHECK(line.column_of(0) == 0);
  CHECK(line.column_of(1) == 1);
  CHECK(line.column_of(2) == 8);   // the tab reaches to the stop
  CHECK(line.column_of(5) == 10);  // after two bytes of one column
  CHECK(line.column_of(9) == 13);  // after three bytes of two columns
  CHECK(line.column_of(11) == 15);
  CHECK(line.width == 16);
  CHECK(line.text ==
        "a       b\xC3\xA9"
        "c\xE6\x97\xA5"
        "d\xEF\xBF\xBD"
        "e");
}

TEST_CASE("control characters never reach the terminal", "[report]") {
  CHECK(one_line("a\033[1m\tb\nc") == "a\xEF\xBF\xBD[1m b c");
  CHECK(one_line("\xE2\x80\xAE") == "\xEF\xBF\xBD");  // right-to-left override
}

TEST_CASE("bytes that are no UTF-8 are replaced", "[report]") {
  CHECK(valid_utf8("\xC3\xA9") == "\xC3\xA9");
  CHECK(valid_utf8("\xC3") == "\xEF\xBF\xBD");
  CHECK(valid_utf8("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  CHECK(valid_utf8("\xED\xA0\x80").size() == 9);                // surrogate
  CHECK(valid_utf8("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
}

}  // namespace postlint::report
