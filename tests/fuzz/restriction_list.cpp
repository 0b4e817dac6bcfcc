#include "grammar/restriction_list.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

namespace {

void check_words(std::string_view text, const grammar::WordList& list,
                 std::string_view separators) {
  fuzz::InOrder order(text);
  fuzz::OnlyBetween gaps(text, separators);
  for (const grammar::Word& word : list.words) {
    FUZZ_CHECK(!word.range.empty());
    FUZZ_CHECK(word.braced == (text[word.range.lo] == '{'));
    order.add(word.range);
    gaps.add(word.range);
  }
  gaps.end();
  fuzz::InOrder strays(text);
  for (const text::Range stray : list.stray_closers) {
    FUZZ_CHECK(grammar::slice(text, stray) == "}");
    strays.add(stray);
  }
  if (list.unclosed.empty()) return;
  FUZZ_CHECK(grammar::slice(text, list.unclosed) == "{");
  fuzz::check_within(list.words.back().range, list.unclosed);
  FUZZ_CHECK(list.words.back().range.hi == text.size());
}

void check_attribute(std::string_view text) {
  const grammar::Attribute attribute = grammar::parse_attribute(text);
  fuzz::InOrder order(text);
  order.add(attribute.name);
  order.add(attribute.value);
  fuzz::check_within(attribute.range, attribute.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  check_words(text, grammar::parse_restriction_list(text), ", \t\r\n");
  check_words(text, grammar::parse_arguments(text), " \t\r\n");
  fuzz::InOrder order(text);
  fuzz::OnlyBetween gaps(text, ", \t\r\n");
  for (const text::Range word : grammar::parse_plain_list(text)) {
    FUZZ_CHECK(grammar::slice(text, word).find_first_of(", \t\r\n") == std::string_view::npos);
    order.add(word);
    gaps.add(word);
  }
  gaps.end();
  const grammar::Braced braced = grammar::parse_braced(text);
  fuzz::check_inside(text, braced.payload);
  fuzz::check_inside(text, braced.at);
  fuzz::check_within(grammar::parse_braced(text, false).payload, braced.payload);
  check_attribute(text);
  return 0;
}
