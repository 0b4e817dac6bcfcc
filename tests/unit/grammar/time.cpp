#include "grammar/time.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string time(std::string_view text, char unit = 's') {
  const TimeValue result = parse_time(text, unit);
  const char* problems[] = {"", "empty", "negative", "bad_unit", "too_large"};
  std::string out =
      result.seconds ? std::to_string(*result.seconds) : problems[static_cast<int>(result.problem)];
  if (!result.ignored.empty()) out += " ignored[" + sub(text, result.ignored) + ']';
  return out;
}

TEST_CASE("a time is a number and one letter", "[grammar]") {
  CHECK(time("10s") == "10");
  CHECK(time("5m") == "300");
  CHECK(time("2h") == "7200");
  CHECK(time("1d") == "86400");
  CHECK(time("1w") == "604800");
  CHECK(time(" +5m") == "300");
  CHECK(time("-0s") == "0");
}

TEST_CASE("a time without unit has that of the default", "[grammar]") {
  CHECK(time("4", 'h') == "14400");
  CHECK(time("5", 'd') == "432000");
  CHECK(time("4", 'x') == "bad_unit");
  CHECK(default_time_unit("5d") == 'd');
  CHECK(default_time_unit("0h") == 'h');
  CHECK(default_time_unit("60") == 0);
  CHECK(default_time_unit("") == 0);
}

TEST_CASE("text behind the unit of a time is ignored", "[grammar]") {
  CHECK(time("5min") == "300 ignored[in]");
  CHECK(time("1h30m") == "3600 ignored[30m]");
  CHECK(time("5s 6") == "5 ignored[ 6]");
}

TEST_CASE("a time without digits is 0", "[grammar]") {
  CHECK(time("m") == "0");
  CHECK(time("stop") == "0 ignored[top]");
}

TEST_CASE("times that Postfix refuses", "[grammar]") {
  CHECK(time("") == "empty");
  CHECK(time("10 s") == "bad_unit ignored[s]");
  CHECK(time("5M") == "bad_unit");
  CHECK(time("1.5h") == "bad_unit ignored[5h]");
  CHECK(time("0x5") == "bad_unit ignored[5]");
  CHECK(time("-5") == "negative");
  CHECK(time(" m") == "bad_unit ignored[m]");
  CHECK(time("+m") == "bad_unit ignored[m]");
  CHECK(time("yes") == "bad_unit ignored[es]");
}

TEST_CASE("times are kept in an int", "[grammar]") {
  CHECK(time("3549w") == "2146435200");
  CHECK(time("3550w") == "too_large");
  CHECK(time("2147483647") == "2147483647");
  CHECK(time("2147483648") == "too_large");
  CHECK(time("35791393m") == "2147483580");
  CHECK(time("35791394m") == "too_large");
  CHECK(time("99999999999999999999s") == "too_large");
}

}  // namespace
}  // namespace postlint::grammar::test
