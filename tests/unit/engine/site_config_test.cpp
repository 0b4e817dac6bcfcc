#include "src/engine/site_config.hpp"

#include "tests/catch.hpp"

namespace postlint::engine {

TEST_CASE("a site configuration is read", "[engine]") {
  const auto site = parse_site_config("/r/.postlint.toml", R"(
postfix-version = "3.7"
ignore = ["perf"]
persona = "auditor"
root = "rootfs"
map = ["/etc/postfix=etc", "/etc=/abs"]
[severity]
"relay/open-relay" = "info"
[policy]
require."smtpd_tls_security_level" = ["may", "encrypt"]
mynetworks-within = ["10.0.0.0/8"]
assert = [
  "stranger -> foreign: reject",
]
)");
  REQUIRE(site);
  CHECK(site->rules.ignore == std::vector<std::string>{"perf"});
  CHECK(site->rules.persona == Persona::auditor);
  CHECK(site->root == "/r/rootfs");
  REQUIRE(site->map.size() == 2);
  CHECK(site->map[0].second == "/r/etc");
  CHECK(site->map[1].second == "/abs");
  CHECK(site->rules.severity[0].second == Severity::info);
  REQUIRE(site->policy.require.size() == 1);
  CHECK(site->policy.require[0].second.size() == 2);
  REQUIRE(site->policy.assertions.size() == 1);
  CHECK(site->policy.assertions[0].first == "stranger -> foreign: reject");
  CHECK(site->policy.assertions[0].second == "/r/.postlint.toml:13");
}

TEST_CASE("a mistake in a site configuration names the line and the key", "[engine]") {
  const auto error = [](std::string_view toml) {
    const auto site = parse_site_config("f", toml);
    return site ? "" : site.error().message;
  };
  CHECK(error("a = 1\n") == "f:1: unknown key a");
  CHECK(error("\nselect = 3\n") == "f:2: select must be a list of strings");
  CHECK(error("persona = \"boss\"\n") == "f:1: persona must be regular, pedantic or auditor");
  CHECK(error("postfix-version = \"1.0\"\n").starts_with("f:1: postfix-version: 1.0"));
  CHECK(error("[x\n").starts_with("f:"));
}

}  // namespace postlint::engine
