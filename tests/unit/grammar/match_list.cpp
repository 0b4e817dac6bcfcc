#include "grammar/match_list.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string items(std::string_view text) {
  const MatchList list = parse_match_list(text);
  const char* kinds[] = {"literal", "network", "file", "table", "no_pattern"};
  std::string out;
  for (const MatchItem& item : list.items) {
    if (!out.empty()) out += ' ';
    if (item.negated) out += "not ";
    out += std::string(kinds[static_cast<int>(item.kind)]) + '[' + sub(text, item.pattern) + ']';
  }
  if (!list.comment.empty()) out += " comment[" + sub(text, list.comment) + ']';
  if (!list.unclosed.empty()) out += " unclosed@" + std::to_string(list.unclosed.lo);
  return out;
}

TEST_CASE("match list items are told by their characters", "[grammar]") {
  CHECK(items("") == "");
  CHECK(items("example.com, .example.org") == "literal[example.com] literal[.example.org]");
  CHECK(items("10.0.0.0/8 127.0.0.1 [::1]/128") ==
        "network[10.0.0.0/8] literal[127.0.0.1] network[[::1]/128]");
  CHECK(items("[127.0.0.1] [127.0.0.1/8]") == "literal[[127.0.0.1]] network[[127.0.0.1/8]]");
  CHECK(items("/etc/postfix/nets hash:/x") == "file[/etc/postfix/nets] table[hash:/x]");
  CHECK(items("::1/128 127.0.0.1:25") == "table[::1/128] table[127.0.0.1:25]");
  CHECK(items("foo/8 10.0.0.0/8x 127.0.0") ==
        "literal[foo/8] literal[10.0.0.0/8x] literal[127.0.0]");
  CHECK(items("beef/8") == "network[beef/8]");
  CHECK(items("static:{a b} {1.2.3.4/32}") == "table[static:{a b}] literal[{1.2.3.4/32}]");
}

TEST_CASE("each '!' of a match list item toggles", "[grammar]") {
  CHECK(items("!a !!b !/x") == "not literal[a] literal[b] not file[/x]");
  CHECK(items("! x") == "not no_pattern[] literal[x]");
  CHECK(items("a !!") == "literal[a] no_pattern[]");
  const MatchList list = parse_match_list(" !!a");
  CHECK(list.items[0].range == Range{1, 4});
  CHECK(list.items[0].pattern == Range{3, 4});
}

TEST_CASE("a word that starts with # ends a match list", "[grammar]") {
  CHECK(items("a # b c") == "literal[a] comment[# b c]");
  CHECK(items("a,#b, c ") == "literal[a] comment[#b, c ]");
  CHECK(items("#") == " comment[#]");
  CHECK(items("a#b !#c") == "literal[a#b] not literal[#c]");
}

TEST_CASE("an unclosed brace swallows the rest of a match list", "[grammar]") {
  CHECK(items("a inline:{b=c, d") == "literal[a] table[inline:{b=c, d] unclosed@9");
  CHECK(items("a {b # c") == "literal[a] literal[{b # c] unclosed@2");
}

}  // namespace
}  // namespace postlint::grammar::test
