#include "grammar/match_list.hpp"

#include "grammar/network.hpp"
#include "tests/fuzz/invariants.hpp"

using namespace postlint;
using Kind = grammar::MatchItem::Kind;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::MatchList list = grammar::parse_match_list(text);
  fuzz::InOrder order(text);
  fuzz::OnlyBetween gaps(text, ", \t\r\n");
  for (const grammar::MatchItem& item : list.items) {
    FUZZ_CHECK(!item.range.empty());
    FUZZ_CHECK(text[item.range.lo] != '#');
    order.add(item.range);
    gaps.add(item.range);
    fuzz::check_within(item.range, item.pattern);
    FUZZ_CHECK(item.pattern.hi == item.range.hi);
    FUZZ_CHECK(item.negated == ((item.pattern.lo - item.range.lo) % 2 != 0));
    const std::string_view pattern = grammar::slice(text, item.pattern);
    FUZZ_CHECK(pattern.empty() == (item.kind == Kind::no_pattern));
    if (item.kind == Kind::network) FUZZ_CHECK(grammar::is_network_pattern(pattern));
  }
  order.add(list.comment);
  gaps.add(list.comment);
  gaps.end();
  FUZZ_CHECK(list.comment.empty() || text[list.comment.lo] == '#');
  fuzz::check_inside(text, list.unclosed);
  return 0;
}
