#include "grammar/tls_protocols.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

/// The protocols that a list allows, newest last.
std::string allowed(std::string_view text, bool limits = true) {
  const TlsProtocols list = parse_tls_protocols(text, limits);
  if (!list.valid) return "invalid";
  std::string out;
  const std::pair<TlsProtocol, const char*> names[] = {
      {TlsProtocol::ssl3, "3"},   {TlsProtocol::tls1_0, "0"}, {TlsProtocol::tls1_1, "1"},
      {TlsProtocol::tls1_2, "2"}, {TlsProtocol::tls1_3, "3"},
  };
  for (const auto& [protocol, name] : names) {
    if (list.allows(protocol)) out += protocol == TlsProtocol::ssl3 ? "s3 " : name;
  }
  return out;
}

TEST_CASE("TLS protocol lists include, exclude and limit", "[grammar]") {
  CHECK(allowed("") == "s3 0123");
  CHECK(allowed("!SSLv2, !SSLv3") == "0123");
  CHECK(allowed("!sslv3:!TLSV1 !tlsv1.1") == "23");
  CHECK(allowed("TLSv1.2") == "2");
  CHECK(allowed("TLSv1, TLSv1.1") == "01");
  CHECK(allowed("TLSv1.2 !TLSv1.2") == "");
  CHECK(allowed(">=TLSv1.2") == "23");
  CHECK(allowed(">=TLSv1, <=TLSv1.2") == "012");
  CHECK(allowed(">=0303") == "23");
  CHECK(allowed(">=0x303") == "23");
  CHECK(allowed(">=none") == "s3 0123");
  CHECK(allowed(">=TLSv1.3 >=TLSv1.1") == "123");
}

TEST_CASE("a blank behind >= leaves one protocol", "[grammar]") {
  CHECK(allowed(">= TLSv1.2") == "2");
  const TlsProtocols list = parse_tls_protocols(">= TLSv1.2", true);
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].kind == TlsProtocolItem::Kind::floor);
  CHECK(list.items[0].name.empty());
  CHECK(list.items[1].kind == TlsProtocolItem::Kind::include);
}

TEST_CASE("one unknown name spoils a TLS protocol list", "[grammar]") {
  CHECK(allowed("TLSv1.2, TLSv1.4") == "invalid");
  CHECK(allowed("!SSLv2 !") == "invalid");
  CHECK(allowed("! SSLv2") == "invalid");
  CHECK(allowed(">=SSLv2") == "invalid");
  CHECK(allowed(">=0x") == "invalid");
  CHECK(allowed(">=fffffffff") == "invalid");
  CHECK(allowed("all") == "invalid");
  CHECK(allowed(">TLSv1") == "invalid");
  CHECK(allowed(">=TLSv1.2", false) == "invalid");
  CHECK(allowed("!TLSv1", false) == "s3 123");
}

}  // namespace
}  // namespace postlint::grammar::test
