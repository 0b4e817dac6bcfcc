#include "grammar/table_regexp.hpp"

#include <algorithm>

#include "tests/fuzz/invariants.hpp"

using namespace postlint;
using grammar::RegexpProblem;
using grammar::RegexpSyntax;
using Op = grammar::RegexpRule::Op;

namespace {

void check_pattern(std::string_view text, const grammar::RegexpPattern& pattern) {
  fuzz::InOrder order(text);
  order.add(pattern.pattern);
  order.add(pattern.letters);
}

void check_pieces(std::string_view text, const grammar::RegexpRule& rule) {
  std::uint32_t end = rule.replacement.lo;
  std::uint32_t highest = 0;
  for (const grammar::ReplacementPiece& piece : rule.pieces) {
    FUZZ_CHECK(!piece.range.empty());
    FUZZ_CHECK(piece.range.lo >= end);
    fuzz::check_within(rule.replacement, piece.range);
    end = piece.range.hi;
    if (piece.group == 0) continue;
    FUZZ_CHECK(text[piece.range.lo] == '$');
    highest = std::max(highest, piece.group);
  }
  FUZZ_CHECK(highest == rule.highest_group);
}

void check_table(const text::SourceFile& file, RegexpSyntax syntax) {
  text::LineArena arena;
  std::size_t nesting = 0;
  const auto check = [&](const text::LogicalLine& line, const grammar::RegexpRule& rule) {
    for (const text::Range range : {rule.replacement, rule.at, rule.warning_at}) {
      fuzz::check_inside(line.text, range);
    }
    check_pattern(line.text, rule.pattern);
    if (rule.second) check_pattern(line.text, *rule.second);
    check_pieces(line.text, rule);
    const bool silent = rule.problem == RegexpProblem::none || rule.problem == RegexpProblem::blank;
    FUZZ_CHECK(problem_text(line.text, rule, syntax).empty() == silent);
    if (rule.problem != RegexpProblem::none) return true;
    if (rule.op == Op::if_block) ++nesting;
    if (rule.op == Op::endif) FUZZ_CHECK(nesting-- > 0);
    return true;
  };
  FUZZ_CHECK(grammar::for_each_regexp_rule(file, text::FileId{0}, arena, syntax, check).size() ==
             nesting);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const text::SourceFile file("fuzz", std::string(fuzz::as_text(data, size)));
  check_table(file, RegexpSyntax::posix);
  check_table(file, RegexpSyntax::pcre);
  return 0;
}
