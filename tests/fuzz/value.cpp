#include "grammar/value.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;
using Kind = grammar::ValuePart::Kind;

namespace {

void check_body(std::string_view body) {
  for (const bool newest : {false, true}) {
    const grammar::MacroSyntax syntax{newest, newest, newest, newest};
    const grammar::MacroBody parsed = grammar::parse_macro_body(body, syntax);
    for (const text::Range range :
         {parsed.name, parsed.left, parsed.operation, parsed.suffix, parsed.right}) {
      fuzz::check_inside(body, range);
    }
    for (const auto& branch : {parsed.if_true, parsed.if_false}) {
      if (branch) fuzz::check_inside(body, *branch);
    }
    FUZZ_CHECK(parsed.error_at <= body.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::InOrder order(text);
  std::uint32_t end = 0;
  bool failed = false;
  for (const grammar::ValuePart& part : grammar::parse_value(text)) {
    FUZZ_CHECK(!failed);
    FUZZ_CHECK(part.range.lo == end);
    FUZZ_CHECK(!part.range.empty());
    order.add(part.range);
    end = part.range.hi;
    failed = part.kind == Kind::truncated || part.kind == Kind::empty_name;
    if (part.kind != Kind::name && part.kind != Kind::bracketed) continue;
    fuzz::check_within(part.range, part.body);
    if (part.kind == Kind::bracketed) check_body(text.substr(part.body.lo, part.body.size()));
  }
  FUZZ_CHECK(failed || end == text.size());
  return 0;
}
