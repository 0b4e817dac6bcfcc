#include "src/smtpd/assertion.hpp"

#include "tests/catch.hpp"

namespace postlint::smtpd {

TEST_CASE("an assertion is read", "[smtpd]") {
  const auto plain = parse_assertion("stranger->foreign :reject", "--assert");
  REQUIRE(plain);
  CHECK(plain->client == ClientClass::stranger);
  CHECK(plain->destination == DestinationClass::foreign);
  CHECK(plain->expected == Assertion::Expected::reject);
  const auto full =
      parse_assertion("sasl:ann from <> at submission/inet -> <user@[IPv6:::1]>: accept", "x");
  REQUIRE(full);
  CHECK(full->client == ClientClass::sasl_user);
  CHECK(full->login == "ann");
  CHECK(full->sender == "");
  CHECK(full->service == "submission/inet");
  CHECK_FALSE(full->destination);
  CHECK(full->recipient == "user@[IPv6:::1]");
  const auto address = parse_assertion("2001:DB8::1 -> virtual-alias: defer", "x");
  REQUIRE(address);
  CHECK_FALSE(address->client);
  CHECK(address->address == "2001:db8::1");
}

TEST_CASE("a bad assertion is an error with its place", "[smtpd]") {
  const auto error = [](std::string text) {
    const auto parsed = parse_assertion(std::move(text), "f:3");
    return parsed ? "" : parsed.error().message;
  };
  CHECK(error("").starts_with("f:3: assertion '': it is not of the form"));
  CHECK(error("a: b -> c").find("it is not of the form") != std::string::npos);
  CHECK(error("-> foreign: reject").find("names no client") != std::string::npos);
  CHECK(error("192.0.2.0/24 -> foreign: reject").find("is no client") != std::string::npos);
  CHECK(error("sasl: -> foreign: reject").find("is no client") != std::string::npos);
  CHECK(error("sasl from -> foreign: reject").find("nothing behind 'from'") != std::string::npos);
  CHECK(error("sasl -> a@b c: reject").find("is no destination") != std::string::npos);
  CHECK(error("sasl -> @b: reject").find("is no destination") != std::string::npos);
  CHECK(error("sasl -> foreign: Accept").find("is no verdict") != std::string::npos);
}

}  // namespace postlint::smtpd
