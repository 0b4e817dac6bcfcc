#include "grammar/main_line.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::MainLine line = grammar::parse_main_line(text);
  fuzz::check_inside(text, line.name);
  fuzz::check_inside(text, line.value);
  if (line.kind != grammar::MainLine::Kind::assignment) return 0;
  FUZZ_CHECK(!line.name.empty());
  FUZZ_CHECK(line.name.hi < line.value.lo);
  const std::string_view between = text.substr(line.name.hi, line.value.lo - line.name.hi);
  FUZZ_CHECK(between.find('=') != std::string_view::npos);
  return 0;
}
