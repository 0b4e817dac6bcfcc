#include "src/smtpd/relay.hpp"

#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/regexp_cells.hpp"
#include "src/smtpd/regexp_sample.hpp"
#include "src/smtpd/registrable_domain.hpp"
#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

namespace postlint::smtpd {
namespace {

/// The first service of a configuration, analysed.
class Analysed {
 public:
  explicit Analysed(const std::string& main_cf) : configuration_(head + main_cf) {
    configuration_.write("master.cf", "smtp inet n - n - - smtpd\n");
  }
  void write(const std::string& name, const std::string& text) { configuration_.write(name, text); }

  RelayAnalysis run(const RelayOptions& options = {}) {
    server_ = std::make_unique<Server>(configuration_.workspace(),
                                       configuration_.workspace().services().front(),
                                       configuration_.tables());
    return analyse_relay(*server_, {}, options);
  }
  RelayVerdict verdict() { return run().verdict; }

 private:
  static constexpr const char* head =
      "compatibility_level = 3.6\nmydestination = home.example\nmynetworks = 127.0.0.0/8\n";
  test::Configuration configuration_;
  std::unique_ptr<Server> server_;
};

RelayVerdict verdict_of(const std::string& main_cf) { return Analysed(main_cf).verdict(); }

}  // namespace

TEST_CASE("relay proves ordinary configurations closed", "[relay]") {
  CHECK(verdict_of("") == RelayVerdict::closed);
  CHECK(verdict_of("smtpd_recipient_restrictions = permit_mynetworks, "
                   "reject_unauth_destination, check_sender_access static:OK\n") ==
        RelayVerdict::closed);
  CHECK(verdict_of("relay_domains = partner.example\n") == RelayVerdict::closed);
}

TEST_CASE("relay does not believe what the client says of itself", "[relay]") {
  CHECK(verdict_of("smtpd_relay_restrictions = check_sender_access inline:{a.example=OK}, "
                   "reject_unauth_destination\n") == RelayVerdict::open);
  CHECK(verdict_of("smtpd_relay_restrictions = check_helo_access inline:{a.example=OK}, "
                   "reject_unauth_destination\n") == RelayVerdict::open);
  CHECK(verdict_of("smtpd_relay_restrictions = permit_naked_ip_address, "
                   "reject_unauth_destination\n") == RelayVerdict::open);
  CHECK(verdict_of("smtpd_relay_restrictions = check_sender_access inline:{{<> = OK}}, "
                   "reject_unauth_destination\n") == RelayVerdict::open);
}

TEST_CASE("relay asks who can have the client's name", "[relay]") {
  const auto with = [](const std::string& table) {
    return verdict_of("smtpd_relay_restrictions = check_client_access " + table +
                      ", reject_unauth_destination\n");
  };
  CHECK(with("inline:{partner.example=OK}") == RelayVerdict::closed);
  CHECK(with("inline:{com=OK}") == RelayVerdict::open);
  CHECK(with("inline:{co.uk=OK}") == RelayVerdict::open);
  CHECK(with("inline:{unknown=OK}") == RelayVerdict::open);
  CHECK(with("inline:{{203.0.113.7 = OK}}") == RelayVerdict::closed);
  CHECK(with("inline:{{203 = OK}}") == RelayVerdict::open);
  CHECK(with("regexp:{{/partner\\.com/ OK}}") == RelayVerdict::open);
  CHECK(with("regexp:{{/\\.partner\\.com$$/ OK}}") == RelayVerdict::closed);
  CHECK(with("regexp:{{/partner\\.com$$/ OK}}") == RelayVerdict::open);
}

TEST_CASE("relay tells wide trust from narrow trust", "[relay]") {
  const auto with = [](const std::string& networks) {
    return verdict_of("mynetworks = " + networks + "\n");
  };
  CHECK(with("192.0.2.0/24 [2001:db8::]/32") == RelayVerdict::closed);
  CHECK(with("172.16.0.0/12 10.0.0.0/8") == RelayVerdict::closed);
  CHECK(with("172.0.0.0/8") == RelayVerdict::open);
  CHECK(with("0.0.0.0/1 128.0.0.0/1") == RelayVerdict::open);
  CHECK(with("!172.0.0.0/8 172.0.0.0/8") == RelayVerdict::closed);
  CHECK(with("[2000::]/3") == RelayVerdict::open);
}

TEST_CASE("relay counts certificates that anybody can make", "[relay]") {
  const std::string tls =
      "smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\n"
      "smtpd_tls_chain_files = /etc/postfix/pem\n"
      "smtpd_relay_restrictions = permit_tls_clientcerts, "
      "reject_unauth_destination\n";
  CHECK(verdict_of(tls + "relay_clientcerts = static:x\n") == RelayVerdict::open);
  CHECK(verdict_of(tls + "relay_clientcerts = inline:{AA:BB=x}\n") == RelayVerdict::closed);
  CHECK(verdict_of(tls + "relay_clientcerts = mysql:/x\n") == RelayVerdict::closed);
}

TEST_CASE("relay finds lists that clients can step around", "[relay]") {
  CHECK(verdict_of("smtpd_helo_restrictions = reject\n"
                   "smtpd_relay_restrictions = check_recipient_access static:OK, reject\n") ==
        RelayVerdict::open);
  // With two recipients DATA does not look at either.
  CHECK(verdict_of("smtpd_relay_restrictions = check_recipient_access static:OK, reject\n"
                   "smtpd_data_restrictions = reject_unauth_destination\n") == RelayVerdict::open);
  CHECK(verdict_of("smtpd_relay_restrictions = check_recipient_access static:OK, reject\n"
                   "smtpd_data_restrictions = reject\n") == RelayVerdict::closed);
}

TEST_CASE("relay lists destinations that the configuration names", "[relay]") {
  Analysed server(
      "smtpd_relay_restrictions = check_recipient_access inline:{{abuse@ = OK}, "
      "{partner.example = OK}, {bad.example = REJECT}}, reject_unauth_destination\n");
  const RelayAnalysis analysis = server.run();
  CHECK(analysis.verdict == RelayVerdict::limited);
  REQUIRE(analysis.destinations.size() == 2);
  CHECK(analysis.destinations[0].destination == "partner.example");
  CHECK(analysis.destinations[1].destination == "abuse@");
  CHECK(analysis.witnesses.size() == 2);
}

TEST_CASE("relay sees domain lists that take any domain", "[relay]") {
  CHECK(verdict_of("relay_domains = static:x\n") == RelayVerdict::open);
  CHECK(verdict_of("relay_domains = com\n") == RelayVerdict::open);
  CHECK(verdict_of("virtual_alias_maps = regexp:{{/./ root}}\nlocal_recipient_maps =\n") ==
        RelayVerdict::open);
  CHECK(verdict_of("relay_domains = partner.example\nallow_untrusted_routing = yes\n") ==
        RelayVerdict::open);
}

TEST_CASE("relay lets strangers choose the records of their own domains", "[relay]") {
  const std::string backup =
      "myhostname = mail.home.example\n"
      "smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination\n";
  CHECK(verdict_of(backup) == RelayVerdict::limited);
  CHECK(verdict_of(backup + "permit_mx_backup_networks = 203.0.113.0/24\n") ==
        RelayVerdict::limited);
  CHECK(verdict_of("smtpd_relay_restrictions = check_sender_mx_access inline:{{mx.evil.example = "
                   "OK}}, reject_unauth_destination\n") == RelayVerdict::closed);
  CHECK(verdict_of("smtpd_relay_restrictions = check_sender_mx_access inline:{{mx.evil.example = "
                   "DISCARD}}, reject_unauth_destination\n") == RelayVerdict::limited);
}

TEST_CASE("strangers who may send XCLIENT are not known", "[relay]") {
  CHECK(verdict_of("smtpd_authorized_xclient_hosts = static:x\n") == RelayVerdict::depends);
  CHECK(verdict_of("smtpd_authorized_xclient_hosts = 127.0.0.1\n") == RelayVerdict::closed);
}

TEST_CASE("relay depends only on what can open", "[relay]") {
  CHECK(verdict_of("smtpd_relay_restrictions = reject_unauth_destination, "
                   "check_sender_access mysql:/x\n") == RelayVerdict::closed);
  CHECK(verdict_of("relay_domains = mysql:/x\nvirtual_alias_maps = mysql:/y\n") ==
        RelayVerdict::closed);
  Analysed server(
      "smtpd_relay_restrictions = check_sender_access mysql:/x, reject_unauth_destination\n");
  const RelayAnalysis analysis = server.run();
  CHECK(analysis.verdict == RelayVerdict::depends);
  REQUIRE_FALSE(analysis.assumes.empty());
  CHECK(analysis.assumes.front().find("mysql:/x") != std::string::npos);
}

TEST_CASE("relay says where its budget ended", "[relay]") {
  Analysed server("smtpd_sender_restrictions = reject_non_fqdn_sender\n");
  RelayOptions options;
  options.budget = 2;
  const RelayAnalysis analysis = server.run(options);
  CHECK(analysis.verdict == RelayVerdict::depends);
  CHECK(analysis.why.starts_with("budget exceeded"));
}

TEST_CASE("strangers are who the options say", "[relay]") {
  RelayOptions options;
  options.strangers = {*grammar::parse_network("192.0.2.0/24").network};
  Analysed server("mynetworks = 192.0.2.0/28\n");
  CHECK(server.run().verdict == RelayVerdict::closed);
  CHECK(server.run(options).verdict == RelayVerdict::open);
  options.trusted = {*grammar::parse_network("192.0.2.0/28").network};
  CHECK(server.run(options).verdict == RelayVerdict::closed);
}

TEST_CASE("samples match their patterns", "[relay]") {
  CHECK(sample_matches("^abc$", 4) == std::vector<std::string>{"abc"});
  CHECK(sample_matches("a|b|c", 4) == std::vector<std::string>{"a", "b", "c"});
  CHECK(sample_matches("\\.evil\\.example$", 2).front() == ".evil.example");
  CHECK(sample_matches("^[[:digit:]]{3}x+", 1).front() == "000x");
}

TEST_CASE("cells of regular expressions", "[relay]") {
  // A literal within another: three combinations, not four.
  const Cells nested = explore_cells({{"abc"}, {"b"}}, "^[a-z]+$", 1000);
  CHECK(nested.complete);
  CHECK(nested.samples.size() == 3);
  // No name holds an @.
  const Cells impossible = explore_cells({{"@example$"}}, "^[a-z.]+$", 1000);
  CHECK(impossible.complete);
  CHECK(impossible.samples.size() == 1);
  const Cells both = explore_cells({{"^x.*y$"}, {"^.{3}$"}}, "^[a-z]+$", 1000);
  CHECK(both.complete);
  CHECK(both.samples.size() == 4);
  CHECK_FALSE(explore_cells({{"(a)\\1"}}, "^[a-z]+$", 1000).complete);
  CHECK(explore_cells({{"AB", false}}, "^[a-z]+$", 1000).samples.size() == 2);
}

TEST_CASE("public suffixes and registrable domains", "[relay]") {
  CHECK(is_public_suffix("com"));
  CHECK(is_public_suffix("co.uk"));
  CHECK_FALSE(is_public_suffix("example.com"));
  CHECK_FALSE(is_public_suffix("localhost"));
  CHECK(registrable_domain("mail.example.com") == "example.com");
  CHECK(registrable_domain("a.b.example.co.uk") == "example.co.uk");
  CHECK(registrable_domain("com") == "com");
}

TEST_CASE("address blocks", "[relay]") {
  CHECK(network_of_key("10.1")->prefix == 16);
  CHECK(network_of_key("192.0.2.7")->prefix == 32);
  CHECK(network_of_key("2001:db8")->prefix == 32);
  CHECK_FALSE(network_of_key("example.com"));
  CHECK(network_size(*grammar::parse_network("10.0.0.0/8").network) == "16777216");
  CHECK(network_size(*grammar::parse_network("::/0").network) ==
        "340282366920938463463374607431768211456");
  AddressCuts cuts;
  cuts.add(*grammar::parse_network("198.51.100.0/24").network);
  CHECK(cuts.blocks(true, false, false).front().representative == "198.51.100.23");
}

}  // namespace postlint::smtpd
