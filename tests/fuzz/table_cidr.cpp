#include "grammar/table_cidr.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;
using grammar::CidrProblem;
using Op = grammar::CidrRule::Op;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const text::SourceFile file("fuzz", std::string(fuzz::as_text(data, size)));
  text::LineArena arena;
  std::size_t nesting = 0;
  const auto check = [&](const text::LogicalLine& line, const grammar::CidrRule& rule) {
    for (const text::Range range :
         {rule.pattern, rule.result, rule.at, rule.network.address, rule.network.mask}) {
      fuzz::check_inside(line.text, range);
    }
    FUZZ_CHECK(problem_text(line.text, rule).empty() == (rule.problem == CidrProblem::none));
    if (rule.problem != CidrProblem::none) return;
    FUZZ_CHECK((rule.op == Op::endif) != rule.network.network.has_value());
    if (rule.op == Op::match) FUZZ_CHECK(rule.pattern.hi < rule.result.lo);
    if (rule.op == Op::if_block) ++nesting;
    if (rule.op == Op::endif) FUZZ_CHECK(nesting-- > 0);
  };
  FUZZ_CHECK(grammar::for_each_cidr_rule(file, text::FileId{0}, arena, check).size() == nesting);
  return 0;
}
