#include "src/model/own_networks.hpp"

#include "tests/catch.hpp"

namespace postlint::model {

namespace {

const std::vector<std::string> host{"127.0.0.1/8", "192.0.2.10/26", "2001:db8::10/64"};

/// The networks, "unknown", or what Postfix dies of.
std::string networks(std::string_view style, std::string_view protocols = "all",
                     std::string_view interfaces = "all") {
  const auto found = default_mynetworks(host, {interfaces, style, protocols});
  if (!found) return found.error().message;
  return found->value.value_or("unknown " + found->unresolved);
}

}  // namespace

TEST_CASE("mynetworks_style gives the default of mynetworks") {
  CHECK(networks("subnet") == "127.0.0.0/8 192.0.2.0/26 [2001:db8::]/64 ");
  CHECK(networks("host") == "127.0.0.1/32 192.0.2.10/32 [2001:db8::10]/128 ");
  CHECK(networks("class") == "127.0.0.0/8 192.0.2.0/24 [2001:db8::]/64 ");
  CHECK(networks("host", "ipv4", "192.0.2.10") == "192.0.2.10/32 ");
  CHECK(networks("host", "all", "mx.example.org") == "unknown mx.example.org");
}

TEST_CASE("mynetworks_style is a list that comes to one word") {
  CHECK(networks(", host host") == networks("host"));
  CHECK(networks("host class") ==
        "bad mynetworks_style value: host class; specify exactly one value");
  CHECK(networks("") == "bad mynetworks_style value: ; specify exactly one value");
  CHECK(networks("host Class") ==
        "unknown mynetworks mask style value \"Class\" in \"host Class\"");
}

TEST_CASE("the style comes before the interfaces, and does not matter without protocols") {
  CHECK(networks("x", "all", "203.0.113.1") ==
        "unknown mynetworks mask style value \"x\" in \"x\"");
  CHECK(networks("host", "all", "203.0.113.1") ==
        "parameter inet_interfaces: no local interface found for 203.0.113.1");
  CHECK(networks("x", "", "203.0.113.1").empty());
  CHECK(networks("x", "ipv5") == "unknown inet_protocols value \"ipv5\" in \"ipv5\"");
}

TEST_CASE("what no interface says is not known, but a bad style is") {
  const auto none = default_mynetworks(std::nullopt, {"all", "host", "all"});
  REQUIRE(none);
  CHECK_FALSE(none->value);
  CHECK(none->unresolved.empty());
  CHECK_FALSE(default_mynetworks(std::nullopt, {"all", "hosts", "all"}));
}

}  // namespace postlint::model
