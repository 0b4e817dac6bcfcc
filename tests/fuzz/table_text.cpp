#include "grammar/table_text.hpp"

#include <string>

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const text::SourceFile file("fuzz", std::string(fuzz::as_text(data, size)));
  text::LineArena arena;
  std::uint32_t last_line = 0;
  const auto check = [&](const text::LogicalLine& line, const grammar::TextEntry& entry) {
    FUZZ_CHECK(line.line > last_line);
    last_line = line.line;
    fuzz::check_inside(line.text, entry.key);
    fuzz::check_inside(line.text, entry.value);
    if (entry.problem != grammar::TextProblem::none) return;
    FUZZ_CHECK(!entry.key.empty() && !entry.value.empty());
    FUZZ_CHECK(entry.key.lo == 0);
    FUZZ_CHECK(entry.key.hi < entry.value.lo);
    const text::Span span = line.view().span(entry.value);
    FUZZ_CHECK(span.lo <= span.hi && span.hi <= file.bytes().size());
    FUZZ_CHECK(file.bytes()[span.lo] == line.text[entry.value.lo]);
  };
  grammar::for_each_text_entry(file, text::FileId{0}, arena, check);
  return 0;
}
