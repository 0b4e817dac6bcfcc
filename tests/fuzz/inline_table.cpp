#include "grammar/inline_table.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::InlineTable table = grammar::parse_inline_table(text);
  fuzz::InOrder members(text);
  for (const grammar::InlineMember& member : table.members) {
    members.add(member.range);
    fuzz::check_within(member.range, member.key);
    fuzz::check_within(member.range, member.value);
    FUZZ_CHECK(member.key.hi < member.value.lo);
  }
  fuzz::check_inside(text, table.at);
  FUZZ_CHECK(!table.members.empty() || table.problem != grammar::InlineProblem::none);
  const grammar::InlineRules rules = grammar::parse_inline_rules(text);
  fuzz::InOrder order(text);
  for (const text::Range rule : rules.rules) {
    FUZZ_CHECK(!rule.empty());
    FUZZ_CHECK(text[rule.lo] != '#');
    order.add(rule);
  }
  fuzz::check_inside(text, rules.at);
  return 0;
}
