#include "grammar/scalar.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string number(const Number& result) {
  const char* problems[] = {"", "empty", "not_a_number", "trailing_text", "too_large"};
  return result.value ? std::to_string(*result.value)
                      : std::string(problems[static_cast<int>(result.problem)]) + '@' +
                            std::to_string(result.at.lo) + '-' + std::to_string(result.at.hi);
}
std::string integer(std::string_view text) { return number(parse_integer(text)); }
std::string long_integer(std::string_view text) { return number(parse_long(text)); }

TEST_CASE("integers are what strtol takes to the end", "[grammar]") {
  CHECK(integer("0") == "0");
  CHECK(integer("007") == "7");
  CHECK(integer(" \v+5") == "5");
  CHECK(integer("-1") == "-1");
  CHECK(integer("2147483647") == "2147483647");
  CHECK(integer("-2147483648") == "-2147483648");
  CHECK(integer("2147483648") == "too_large@0-10");
  CHECK(integer("-2147483649") == "too_large@0-11");
  CHECK(integer("99999999999999999999") == "too_large@0-20");
  CHECK(integer("10k") == "trailing_text@2-3");
  CHECK(integer("5 ") == "trailing_text@1-2");
  CHECK(integer("0x10") == "trailing_text@1-4");
  CHECK(integer("1,000") == "trailing_text@1-5");
  CHECK(integer("") == "empty@0-0");
  CHECK(integer(" ") == "not_a_number@0-1");
  CHECK(integer("+-5") == "not_a_number@0-3");
}

TEST_CASE("longs have the range of 64 bits", "[grammar]") {
  CHECK(long_integer("9223372036854775807") == "9223372036854775807");
  CHECK(long_integer("9223372036854775808") == "too_large@0-19");
  CHECK(long_integer("-9223372036854775808") == "-9223372036854775808");
  CHECK(long_integer("-9223372036854775809") == "too_large@0-20");
}

TEST_CASE("booleans are yes and no", "[grammar]") {
  CHECK(parse_boolean("yes") == true);
  CHECK(parse_boolean("YeS") == true);
  CHECK(parse_boolean("No") == false);
  for (const std::string_view bad : {"", "y", "true", "1", "yes ", " no", "none", "yess"}) {
    INFO(bad);
    CHECK_FALSE(parse_boolean(bad).has_value());
  }
}

std::string level(std::string_view text) {
  const auto result = parse_compatibility_level(text);
  if (!result) return "bad";
  return std::to_string(result->major) + '.' + std::to_string(result->minor) + '.' +
         std::to_string(result->patch);
}

TEST_CASE("compatibility levels have up to three parts", "[grammar]") {
  CHECK(level("2") == "2.0.0");
  CHECK(level("3.6") == "3.6.0");
  CHECK(level("3.10.1") == "3.10.1");
  CHECK(level("9999") == "9999.0.0");
  CHECK(level("3. 6") == "3.6.0");
  CHECK(level("+3.+6") == "3.6.0");
  CHECK(level("3.1023") == "3.1023.0");
  for (const std::string_view bad :
       {"", ".", "3.", ".3", "3.6.1.0", "3.1024", "3.6.1024", "-1", "3.-1", "3.6a", "3 .6",
        "8796093022208", "99999999999999999999"}) {
    INFO(bad);
    CHECK(level(bad) == "bad");
  }
  CHECK(parse_compatibility_level("3.9") < parse_compatibility_level("3.10"));
}

}  // namespace
}  // namespace postlint::grammar::test
