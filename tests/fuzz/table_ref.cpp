#include "grammar/table_ref.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

namespace {

void check_table(std::string_view text, const grammar::TableRef& ref, unsigned depth) {
  FUZZ_CHECK(depth <= grammar::deepest_table + 1);
  fuzz::check_inside(text, ref.range);
  fuzz::check_within(ref.range, ref.type);
  fuzz::check_within(ref.range, ref.name);
  FUZZ_CHECK(ref.type.hi <= ref.name.lo);
  FUZZ_CHECK(grammar::slice(text, ref.type).find(':') == std::string_view::npos);
  fuzz::check_inside(text, ref.at);
  std::uint32_t end = ref.name.lo;
  for (const grammar::TableRef& table : ref.tables) {
    FUZZ_CHECK(table.range.lo >= end);
    fuzz::check_within(ref.name, table.range);
    end = table.range.hi;
    check_table(text, table, depth + 1);
  }
  for (const text::Range value : ref.values) fuzz::check_within(ref.name, value);
}

void check_attributes(std::string_view text, const grammar::ServiceSpec& spec) {
  fuzz::check_inside(text, spec.endpoint);
  fuzz::check_inside(text, spec.at);
  fuzz::InOrder order(text);
  for (const grammar::Attribute& attribute : spec.attributes) {
    order.add(attribute.range);
    fuzz::check_within(attribute.range, attribute.name);
    fuzz::check_within(attribute.range, attribute.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  check_table(text, grammar::parse_table_ref(text), 0);
  const grammar::MapSearch search = grammar::parse_map_search(text);
  check_table(text, search.table, 0);
  fuzz::check_inside(text, search.at);
  fuzz::InOrder order(text);
  for (const text::Range atom : search.search_order) order.add(atom);
  check_attributes(text, grammar::parse_service_spec(text));
  return 0;
}
