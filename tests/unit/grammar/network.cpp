#include "grammar/network.hpp"

#include <arpa/inet.h>

#include <cstring>

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

/// The network, or what Postfix logs.
std::string network(std::string_view text) {
  const NetworkPattern pattern = parse_network(text);
  return pattern.network ? to_text(*pattern.network) : problem_text(text, pattern);
}

TEST_CASE("addresses and networks are read with and without brackets", "[grammar]") {
  CHECK(network("192.0.2.1") == "192.0.2.1/32");
  CHECK(network("192.0.2.0/24") == "192.0.2.0/24");
  CHECK(network("[192.0.2.0]/24") == "192.0.2.0/24");
  CHECK(network("[192.0.2.0/24]") == "192.0.2.0/24");
  CHECK(network("0.0.0.0/0") == "0.0.0.0/0");
  CHECK(network("2001:DB8::/32") == "2001:db8::/32");
  CHECK(network("[::1]") == "::1/128");
  CHECK(network("[::1/128]") == "::1/128");
  CHECK(network("::ffff:192.0.2.1") == "::ffff:192.0.2.1/128");
  CHECK(network("192.0.2.0/024") == "192.0.2.0/24");
}

TEST_CASE("a prefix length is kept in one byte", "[grammar]") {
  CHECK(network("0.0.0.0/256") == "0.0.0.0/0");
  CHECK(network("1.2.3.4/264") ==
        "non-null host address bits in \"1.2.3.4/264\", perhaps you should use \"1.0.0.0/8\" "
        "instead");
  CHECK(network("1.2.3.4/99999999999999999999") ==
        "bad mask length in \"1.2.3.4/99999999999999999999\"");
}

TEST_CASE("each mistake in an address pattern is told as Postfix does", "[grammar]") {
  CHECK(network("10.1.0.0/8") ==
        "non-null host address bits in \"10.1.0.0/8\", perhaps you should use \"10.0.0.0/8\" "
        "instead");
  CHECK(network("[2001:db8::1]/64") ==
        "non-null host address bits in \"2001:db8::1/64\", perhaps you should use "
        "\"2001:db8::/64\" instead");
  CHECK(network("10.0.0.0/255.0.0.0") == "bad mask value in \"10.0.0.0/255.0.0.0\"");
  CHECK(network("10.0.0.0/") == "bad mask value in \"10.0.0.0/\"");
  CHECK(network("10.0.0.0/+8") == "bad mask value in \"10.0.0.0/+8\"");
  CHECK(network("1.2.3.0/24/8") == "bad mask value in \"1.2.3.0/24/8\"");
  CHECK(network("10.0.0.0/33") == "bad mask length in \"10.0.0.0/33\"");
  CHECK(network("[::1]/129") == "bad mask length in \"::1/129\"");
  CHECK(network("127/8") == "bad network value in \"127/8\"");
  CHECK(network("[1.2.3.4/8]/16") == "bad network value in \"1.2.3.4/8/16\"");
  CHECK(network("01.2.3.4") == "bad address pattern: \"01.2.3.4\"");
  CHECK(network("") == "bad address pattern: \"\"");
  CHECK(network("[::1") == "missing ']' character after \"[::1\"");
  CHECK(network("[::1]x/128") == "garbage after \"[::1]\"");
  CHECK(network("[::1]/") == "bad mask value in \"::1/\"");
}

TEST_CASE("problems of address patterns have a place", "[grammar]") {
  CHECK(parse_network("10.0.0.0/33").at == Range{9, 11});
  CHECK(parse_network("[::1]/129").at == Range{6, 9});
  CHECK(parse_network("[127/8]").at == Range{1, 4});
  CHECK(parse_network("[::1]xy").at == Range{5, 7});
  CHECK(parse_network("10.0.0.1/8").at == Range{0, 10});
  CHECK(suggested_network("10.0.0.1/8", parse_network("10.0.0.1/8")) == "10.0.0.0/8");
  CHECK(suggested_network("10.0.0.0/8", parse_network("10.0.0.0/8")).empty());
}

TEST_CASE("an address is what inet_pton takes", "[grammar]") {
  CHECK(parse_address("192.0.2.1"));
  CHECK(parse_address("2001:db8::192.0.2.1"));
  for (const std::string_view bad :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", " 1.2.3.4", "1.2.3.4 ", "0x1.2.3.4",
        ":::", "1::2::3", "12345::", "fe80::1%eth0", "[::1]", "::1/128"}) {
    INFO(bad);
    CHECK_FALSE(parse_address(bad));
  }
  CHECK_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
  CHECK_FALSE(parse_address(std::string(1000, '1')));
}

TEST_CASE("IPv4 addresses are those of inet_pton", "[grammar]") {
  const std::vector<std::string> parts = {"",    "0",   "00",  "7",    "07",   "42", "100",
                                          "255", "256", "999", "0255", "1000", "a",  "1 "};
  std::size_t good = 0;
  const std::size_t count = parts.size();
  for (std::size_t i = 0; i < count * count * count * count; ++i) {
    const std::string text = parts[i % count] + '.' + parts[i / count % count] + '.' +
                             parts[i / count / count % count] + '.' +
                             parts[i / count / count / count];
    in_addr expected{};
    const auto address = parse_address(text);
    const bool same =
        inet_pton(AF_INET, text.c_str(), &expected) != 1
            ? !address
            : address && std::memcmp(&expected, address->bytes.data(), sizeof expected) == 0;
    if (address) ++good;
    if (!same) FAIL(text);
  }
  CHECK(good == 5 * 5 * 5 * 5);
}

bool contained(std::string_view outer, std::string_view inner) {
  return contains(*parse_network(outer).network, *parse_network(inner).network);
}

TEST_CASE("networks contain addresses of their family alone", "[grammar]") {
  const Network ten = *parse_network("10.0.0.0/9").network;
  CHECK(contains(ten, *parse_address("10.127.255.255")));
  CHECK_FALSE(contains(ten, *parse_address("10.128.0.0")));
  CHECK_FALSE(contains(*parse_network("0.0.0.0/0").network, *parse_address("::1")));
  CHECK(contained("10.0.0.0/8", "10.2.0.0/16"));
  CHECK(contained("10.0.0.0/8", "10.0.0.0/8"));
  CHECK_FALSE(contained("10.2.0.0/16", "10.0.0.0/8"));
  CHECK(contained("::/0", "2001:db8::/127"));
  CHECK_FALSE(contained("0.0.0.0/0", "::/0"));
}

TEST_CASE("only patterns of address characters are parsed as networks", "[grammar]") {
  CHECK(is_network_pattern("10.0.0.0/8"));
  CHECK(is_network_pattern("[::1]"));
  CHECK(is_network_pattern("abc/def"));
  CHECK_FALSE(is_network_pattern("10.0.0.1"));
  CHECK_FALSE(is_network_pattern("[10.0.0.1]"));
  CHECK_FALSE(is_network_pattern("foo/8"));
  CHECK_FALSE(is_network_pattern("10.0.0.0/8;"));
}

}  // namespace
}  // namespace postlint::grammar::test
