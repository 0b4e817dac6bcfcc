#include "grammar/table_regexp.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string flags(const RegexpFlags& flags) {
  std::string out;
  if (flags.ignore_case) out += 'i';
  if (flags.multiline) out += 'm';
  if (flags.extended) out += 'x';
  if (flags.dot_all) out += 's';
  if (flags.anchored) out += 'A';
  if (flags.dollar_end_only) out += 'E';
  if (flags.ungreedy) out += 'U';
  if (flags.extra) out += 'X';
  return out;
}

std::string pattern(std::string_view line, const RegexpPattern& pattern) {
  return (pattern.negated ? "!" : "") + ('<' + sub(line, pattern.pattern) + '>') +
         flags(pattern.flags);
}

std::string rule(std::string_view line, RegexpSyntax syntax, std::size_t nesting) {
  const RegexpRule result = parse_regexp_rule(line, syntax, nesting);
  if (result.problem != RegexpProblem::none) return problem_text(line, result, syntax);
  const char* ops[] = {"", "if ", "endif"};
  std::string out = ops[static_cast<int>(result.op)];
  if (result.op != RegexpRule::Op::endif) out += pattern(line, result.pattern);
  if (result.second) out += " and " + pattern(line, *result.second);
  for (const ReplacementPiece& piece : result.pieces) {
    out += piece.group == 0 ? " [" + sub(line, piece.range) + ']'
                            : " group " + std::to_string(piece.group);
  }
  const char* warnings[] = {"", " no_replacement", " text_after_if", " text_after_endif"};
  return out + warnings[static_cast<int>(result.warning)];
}
std::string posix(std::string_view line, std::size_t nesting = 0) {
  return rule(line, RegexpSyntax::posix, nesting);
}
std::string pcre(std::string_view line, std::size_t nesting = 0) {
  return rule(line, RegexpSyntax::pcre, nesting);
}

TEST_CASE("regular expression rules are a pattern, flags and a replacement", "[grammar]") {
  CHECK(posix("/^a b/ REJECT x ") == "<^a b>ix [REJECT x]");
  CHECK(pcre("/^a b/ REJECT x ") == "<^a b>is [REJECT x]");
  CHECK(posix("|a/b|i OK") == "<a/b>x [OK]");
  CHECK(posix("/a/ii OK") == "<a>ix [OK]");
  CHECK(posix("/a/xm OK") == "<a>im [OK]");
  CHECK(pcre("/a/imsxAEUX OK") == "<a>mxAEUX [OK]");
  CHECK(posix("! !!/a/ OK") == "!<a>ix [OK]");
  CHECK(posix("/a\\/b/ OK") == "<a\\/b>ix [OK]");
  CHECK(posix("/a/OK") == "unknown regexp option \"O\": skipping this rule");
  CHECK(posix("/a/s OK") == "unknown regexp option \"s\": skipping this rule");
  CHECK(pcre("/a/z OK") == "unknown regexp option \"z\": skipping this rule");
  CHECK(posix("/a/") == "<a>ix no_replacement");
  CHECK(posix("!") == "no regexp: skipping this rule");
  CHECK(posix("/a OK") == "no closing regexp delimiter \"/\": skipping this rule");
  CHECK(pcre("! |a OK") == "no closing regexp delimiter \"|\": ignoring this rule");
  CHECK(posix("a OK") == "ignoring unrecognized request");
  CHECK(posix(std::string_view("\0x", 2)) == "");
}

TEST_CASE("regexp and pcre differ at a backslash that ends the line", "[grammar]") {
  CHECK(posix("/a\\") == "<a>ix no_replacement");
  CHECK(pcre("/a\\") == "no closing regexp delimiter \"/\": ignoring this rule");
}

TEST_CASE("regexp rules may have a second pattern", "[grammar]") {
  CHECK(posix("/a/!/b/i OK") == "<a>ix and !<b>x [OK]");
  CHECK(posix("/a/!!/b/ OK") == "<a>ix and <b>ix [OK]");
  CHECK(posix("/a/i!b OK") == "no closing regexp delimiter \"b\": skipping this rule");
  CHECK(pcre("/a/!/b/ OK") == "unknown regexp option \"!\": skipping this rule");
}

TEST_CASE("replacement texts are literals and groups", "[grammar]") {
  CHECK(posix("/(a)(b)/ x $1 ${2}y$(1)") == "<(a)(b)>ix [x ] group 1 [ ] group 2 [y] group 1");
  CHECK(posix("/a/ a$$b$$") == "<a>ix [a$] [b$]");
  CHECK(posix("/a/ $${1}") == "<a>ix [$] [{1}]");
  CHECK(posix("/(a)/ $1$1") == "<(a)>ix group 1 group 1");
  for (const std::string_view bad : {"/a/ $", "/a/ x$ y", "/a/ ${}", "/a/ ${1", "/a/ $(1}",
                                     "/a/ $a", "/a/ $1a", "/a/ ${ 1}", "/a/ $0", "/a/ ${{1}}"}) {
    INFO(bad);
    CHECK(posix(bad) == "bad replacement syntax: skipping this rule");
  }
  CHECK(posix("!/(a)/ $1") ==
        "$number found in negative match replacement text: skipping this rule");
  CHECK(posix("!/a/ $$1") == "!<a>ix [$] [1]");
  CHECK(parse_regexp_rule("/a/ x $0", RegexpSyntax::pcre, 0).at == Range{6, 8});
  CHECK(parse_regexp_rule("/(a)/ $4294967297", RegexpSyntax::pcre, 0).highest_group == 1);
}

TEST_CASE("regexp tables have if blocks", "[grammar]") {
  CHECK(posix("if /a/") == "if <a>ix");
  CHECK(posix("IF !/a/i ") == "if !<a>x");
  CHECK(pcre("if|a|") == "if <a>is");
  CHECK(posix("if /a/ /b/ OK") == "if <a>ix text_after_if");
  CHECK(posix("if") == "no regexp: skipping this rule");
  CHECK(posix("endif", 1) == "endif");
  CHECK(posix("ENDIF x", 1) == "endif text_after_endif");
  CHECK(posix("endif x") == "ignoring ENDIF without matching IF");
  CHECK(posix("endifx", 1) == "ignoring unrecognized request");
}

TEST_CASE("an if that does not stand opens no block", "[grammar]") {
  const text::SourceFile file("t", "if /(/\n/a/ b\nendif\nif /a/\n");
  text::LineArena arena;
  std::string seen;
  const auto open = for_each_regexp_rule(file, text::FileId{0}, arena, RegexpSyntax::posix,
                                         [&](const text::LogicalLine& line, const RegexpRule& r) {
                                           seen += r.problem == RegexpProblem::none ? '+' : '-';
                                           return line.line != 1;
                                         });
  CHECK(seen == "++-+");
  REQUIRE(open.size() == 1);
  CHECK(open[0].line == 4);
}

}  // namespace
}  // namespace postlint::grammar::test
