#include "src/cli/facts_file.hpp"

#include "tests/catch.hpp"

namespace postlint::cli {

namespace {

std::string error_of(const std::string& json) {
  const auto facts = parse_facts("f.json", json);
  return facts ? "" : facts.error().message;
}

}  // namespace

TEST_CASE("facts are read", "[cli]") {
  const auto facts = parse_facts("f.json", R"({
    "host": {"name": "h", "addresses": ["192.0.2.2/24"]},
    "dns": {"Example.ORG.": {"A": [], "MX": ["10 m"], "TXT": "tempfail"}, "*": "nxdomain"},
    "policy": {"inet:127.0.0.1:1": "DUNNO"},
    "tables": {"mysql:/x": {"k": "v", "*": null}}})");
  REQUIRE(facts);
  using Kind = smtpd::DnsAnswer::Kind;
  CHECK(facts->host_name == "h");
  const auto& name = facts->dns.names.at("example.org");
  CHECK(name.at("A").kind == Kind::no_data);
  CHECK(name.at("MX").records == std::vector<std::string>{"10 m"});
  CHECK(name.at("TXT").kind == Kind::tempfail);
  CHECK(facts->dns.rest.kind == Kind::nxdomain);
  CHECK(facts->policy.at("inet:127.0.0.1:1") == "DUNNO");
  CHECK_FALSE(facts->tables.at("mysql:/x").at("*"));
}

TEST_CASE("a mistake in a facts file names the line or the key", "[cli]") {
  CHECK(error_of("{\n\"host\": {,}}") == "f.json:2: not valid JSON");
  CHECK(error_of("[]") == "f.json: the file must be an object");
  CHECK(error_of(R"({"hosts": 1})") ==
        "f.json: hosts is no key of a facts file (host, dns, policy, tables)");
  CHECK(error_of(R"({"dns": {"a": {"A": 3}}})") ==
        "f.json: dns.a.A must be a list of records, \"nxdomain\", \"nodata\" or \"tempfail\"");
  CHECK(error_of(R"({"host": {"addresses": [1]}})") == "f.json: host.addresses must be a string");
}

}  // namespace postlint::cli
