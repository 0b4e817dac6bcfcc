#include "grammar/tls_protocols.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  for (const bool limits : {false, true}) {
    const grammar::TlsProtocols list = grammar::parse_tls_protocols(text, limits);
    fuzz::InOrder order(text);
    fuzz::OnlyBetween gaps(text, ", \t\r\n:");
    bool valid = true;
    for (const grammar::TlsProtocolItem& item : list.items) {
      FUZZ_CHECK(!item.range.empty());
      order.add(item.range);
      gaps.add(item.range);
      fuzz::check_within(item.range, item.name);
      valid = valid && item.kind != grammar::TlsProtocolItem::Kind::bad;
    }
    gaps.end();
    FUZZ_CHECK(list.valid == valid);
    if (!valid) FUZZ_CHECK(!list.allows(grammar::TlsProtocol::tls1_3));
  }
  return 0;
}
