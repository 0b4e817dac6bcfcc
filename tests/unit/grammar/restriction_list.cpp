#include "grammar/restriction_list.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string words(std::string_view text) { return dump(text, parse_restriction_list(text)); }

TEST_CASE("restriction lists are split at commas and blanks outside braces", "[grammar]") {
  CHECK(words("") == "");
  CHECK(words(" ,\t\r\n, ") == "");
  CHECK(words("permit_mynetworks, reject") == "[permit_mynetworks] [reject]");
  CHECK(words("a{b c}d,e") == "[a{b c}d] [e]");
  CHECK(words("check_ccert_access { hash:/x, search_order=a } permit") ==
        "[check_ccert_access] [{ hash:/x, search_order=a }]* [permit]");
  CHECK(words("{a {b, c} d}e f") == "[{a {b, c} d}e]* [f]");
  CHECK(words("a\vb\fc d") == "[a\vb\fc] [d]");
  CHECK(words("a#b #c") == "[a#b] [#c]");
  CHECK(words("(a b)") == "[(a] [b)]");
  CHECK(words("\xc2\xa0x") == "[\xc2\xa0x]");
}

TEST_CASE("braces that do not balance are named", "[grammar]") {
  CHECK(words("a {b c, d") == "[a] [{b c, d]* unclosed@2");
  CHECK(words("{a} {b {c} d") == "[{a}]* [{b {c} d]* unclosed@4");
  CHECK(words("a} b }") == "[a}] [b] [}] stray@1 stray@5");
  CHECK(words("{a}}{b c") == "[{a}}{b c]* unclosed@4 stray@3");
}

TEST_CASE("a comma separates no arguments", "[grammar]") {
  const std::string_view text = "-o x=a,b {-o y = z} c";
  CHECK(dump(text, parse_arguments(text)) == "[-o] [x=a,b] [{-o y = z}]* [c]");
}

TEST_CASE("braces mean nothing in plain lists", "[grammar]") {
  const std::string_view text = " a, { b c }\nd";
  CHECK(dump(text, parse_plain_list(text)) == "[a] [{] [b] [c] [}] [d]");
  CHECK(parse_plain_list(", ,").empty());
}

std::string braced(std::string_view text, bool strip = true) {
  const Braced result = parse_braced(text, strip);
  const char* names[] = {"", " no_opening", " no_closing", " text_after_end"};
  return '[' + sub(text, result.payload) + ']' + names[static_cast<int>(result.problem)];
}

TEST_CASE("text in braces is trimmed on request", "[grammar]") {
  CHECK(braced("{ a b }") == "[a b]");
  CHECK(braced("{ a b }", false) == "[ a b ]");
  CHECK(braced("{}") == "[]");
  CHECK(braced("{ \f\v }") == "[]");
  CHECK(braced("{a{b}c}") == "[a{b}c]");
  CHECK(braced("{a{b}c") == "[a{b}c] no_closing");
  CHECK(braced("{a}b") == "[a] text_after_end");
  CHECK(parse_braced("{a}b").at == Range{3, 4});
  CHECK(braced("a}") == "[a}] no_opening");
  CHECK(braced("") == "[] no_opening");
}

std::string attribute(std::string_view text) {
  const Attribute result = parse_attribute(text);
  const char* names[] = {"", " missing_name", " missing_equals", " braces"};
  return sub(text, result.name) + '|' + sub(text, result.value) +
         names[static_cast<int>(result.problem)];
}

TEST_CASE("an attribute is a name, '=' and a value", "[grammar]") {
  CHECK(attribute("timeout=10s") == "timeout|10s");
  CHECK(attribute("{ default_action = 451 4.3.5 try later }") ==
        "default_action|451 4.3.5 try later");
  CHECK(attribute("a==b") == "a|=b");
  CHECK(attribute("a=") == "a|");
  CHECK(attribute("a") == "a| missing_equals");
  CHECK(attribute("{a b = c}") == "a b = c| missing_equals");
  CHECK(attribute("=b") == "| missing_name");
  CHECK(attribute("{}") == "| missing_name");
  CHECK(attribute("{a=b") == "a|b braces");
  CHECK(attribute("{a=b}c") == "a|b braces");
}

}  // namespace
}  // namespace postlint::grammar::test
