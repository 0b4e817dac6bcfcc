#include "src/smtpd/strangers.hpp"

#include "src/smtpd/address_blocks.hpp"
#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

namespace postlint::smtpd::test {
namespace {

StrangersMail mail_under(const std::string& main_cf) {
  Configuration configuration("compatibility_level = 3.6\n" + main_cf);
  const model::Workspace& workspace = configuration.workspace();
  return strangers_mail(Server(workspace, workspace.services().front(), configuration.tables()));
}

bool can_connect(const std::string& service, const std::string& main_cf = "") {
  Configuration configuration("compatibility_level = 3.6\n" + main_cf);
  configuration.write("master.cf", service + " - n - - smtpd\n");
  return strangers_can_connect(configuration.workspace().services().front());
}

bool holds(std::string_view network) {
  return holds_routable(*grammar::parse_network(network).network);
}

}  // namespace

TEST_CASE("strangers reach what is bound to a public address, or to all") {
  CHECK(can_connect("smtp inet n"));
  CHECK(can_connect("0.0.0.0:25 inet n"));
  CHECK(can_connect("[::]:25 inet n"));
  CHECK(can_connect("mail.example.com:25 inet n"));
  CHECK(can_connect("smtpd pass -"));
  CHECK_FALSE(can_connect("smtpd unix -"));
  CHECK_FALSE(can_connect("127.0.0.1:25 inet n"));
  CHECK_FALSE(can_connect("localhost:25 inet n"));
  CHECK_FALSE(can_connect("172.22.1.1:25 inet n"));
  CHECK_FALSE(can_connect("[fd00::1]:25 inet n"));
  CHECK_FALSE(can_connect("smtp inet n", "inet_interfaces = loopback-only\n"));
  CHECK_FALSE(can_connect("smtp inet n", "inet_interfaces = 127.0.0.1, [::1], 10.0.0.1\n"));
  CHECK(can_connect("smtp inet n", "inet_interfaces = 127.0.0.1, 192.0.2.1\n"));
}

TEST_CASE("an ordinary stranger writes to users of this host") {
  const StrangersMail usual = mail_under("local_recipient_maps = inline:{ann=x}\n");
  CHECK(usual.to_user);
  CHECK_FALSE(usual.to_foreign);
  CHECK(usual.assumes.empty());
  CHECK_FALSE(mail_under("smtpd_data_restrictions = permit_mynetworks, reject\n").to_user);
  CHECK_FALSE(mail_under("smtpd_client_restrictions = foo\n").to_user);
  CHECK(mail_under("smtpd_client_restrictions = warn_if_reject reject\n").to_user);
  CHECK(mail_under("smtpd_relay_restrictions = permit_auth_destination, reject\n").to_user);
  CHECK(
      mail_under("smtpd_relay_restrictions = check_client_access static:OK, reject\n").to_foreign);
}

TEST_CASE("the list of HELO names is not looked at without a HELO") {
  const std::string list = "smtpd_helo_restrictions = permit_mynetworks, reject\n";
  CHECK(mail_under(list).to_user);
  CHECK_FALSE(mail_under(list + "smtpd_helo_required = yes\n").to_user);
}

TEST_CASE("tables that cannot be read do not speak of an ordinary stranger") {
  const StrangersMail mail = mail_under(
      "smtpd_client_restrictions = check_client_access hash:/etc/postfix/x\n"
      "smtpd_relay_restrictions = check_policy_service inet:127.0.0.1:10023, "
      "defer_unauth_destination\n"
      "virtual_alias_maps = mysql:/etc/postfix/aliases\n");
  CHECK(mail.to_user);
  CHECK_FALSE(mail.to_foreign);
  CHECK(mail.assumes == std::vector<std::string>{"hash:/etc/postfix/x has no entry for it",
                                                 "inet:127.0.0.1:10023 answers DUNNO"});
  CHECK_FALSE(
      mail_under("smtpd_client_restrictions = check_client_access hash:/x, reject\n").to_user);
}

TEST_CASE("everybody, or all of one family") {
  const auto v4 = [](const std::string& address) { return address.find(':') == std::string::npos; };
  CHECK(name_of(everybody(v4)) == "every IPv4 host");
  CHECK(name_of(everybody([](const std::string&) { return true; })) == "everybody");
  CHECK_FALSE(everybody([](const std::string& address) { return address == "8.8.8.8"; }).any());
}

TEST_CASE("networks with and without public addresses") {
  CHECK(holds("0.0.0.0/0"));
  CHECK(holds("10.0.0.0/7"));
  CHECK(holds("192.0.0.0/12"));
  CHECK_FALSE(holds("10.1.0.0/16"));
  CHECK(holds("[::]/0"));
  CHECK(holds("[2001:db8::]/32"));
  CHECK_FALSE(holds("[fd00::]/8"));
  CHECK(is_loopback(*grammar::parse_network("[::ffff:127.0.0.0]/104").network));
  CHECK_FALSE(is_loopback(*grammar::parse_network("127.0.0.0/7").network));
}

}  // namespace postlint::smtpd::test
