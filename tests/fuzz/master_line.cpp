#include "grammar/master_line.hpp"

#include "grammar/restriction_list.hpp"
#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::MasterLine line = grammar::parse_master_line(text);
  FUZZ_CHECK(line.fields.size() <= 8);
  fuzz::InOrder order(text);
  fuzz::OnlyBetween gaps(text.substr(0, text.find('\0')), " \t\r\n");
  for (const auto* words : {&line.fields, &line.arguments}) {
    for (const text::Range word : *words) {
      FUZZ_CHECK(!word.empty());
      order.add(word);
      gaps.add(word);
    }
  }
  gaps.end();
  for (const bool strip : {false, true}) {
    if (text.empty() || text.front() != '{') break;
    fuzz::check_inside(text, grammar::parse_braced(text, strip).payload);
  }
  return 0;
}
