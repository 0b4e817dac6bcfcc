#include "src/smtpd/explanation.hpp"

#include "src/smtpd/why.hpp"
#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

namespace postlint::smtpd::test {
namespace {

const std::string usual_main_cf =
    "compatibility_level = 3.6\nmydestination = home.example\nmynetworks = 10.0.0.0/8\n"
    "local_recipient_maps = inline:{bob=x}\n"
    "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n";

struct Answer {
  std::vector<RefusalGroup> groups;
  std::string all;  // needs, fixes
};

/// What `why` says of a text with this configuration.
Answer answer(const std::string& configuration, const std::string& text) {
  Configuration files(configuration);
  const Server server(files.workspace(), files.workspace().services().front(), files.tables());
  Answer answer{explain_text(text, files.workspace(), {&server}, {}), {}};
  for (const RefusalGroup& group : answer.groups)
    for (const auto* causes : {&group.causes, &group.alike, &group.possible})
      for (const ExplainedCause& each : *causes) {
        for (const std::string& need : each.remedy.needs) answer.all += need + '\n';
        for (const Remedy::Fix& fix : each.remedy.fixes) answer.all += fix.what + '\n';
      }
  return answer;
}

std::string logged(const std::string& reply, const std::string& client = "unknown[192.168.1.5]") {
  return "postfix/smtpd[1]: NOQUEUE: reject: RCPT from " + client + ": " + reply +
         "; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h.example>";
}

TEST_CASE("a refused relay names the item and what would help", "[smtpd]") {
  const Answer told = answer(usual_main_cf, logged("554 5.7.1 <c@d.example>: Relay access denied"));
  REQUIRE(told.groups.size() == 1);
  REQUIRE(told.groups[0].causes.size() == 1);
  const Cause& cause = told.groups[0].causes[0].cause;
  CHECK(cause.decision.restriction == "reject_unauth_destination");
  CHECK(cause.assumes.empty());
  REQUIRE(cause.passed.size() == 1);
  CHECK(cause.passed[0].restriction == "permit_mynetworks");
  CHECK(told.all.find("add 192.168.1.5/32, this address alone") != std::string::npos);
  CHECK(told.all.find("0.0.0.0/0") == std::string::npos);
}

TEST_CASE("a reply that this configuration does not give is no cause", "[smtpd]") {
  const Answer other =
      answer(usual_main_cf, logged("454 4.7.1 <c@d.example>: Relay access denied"));
  REQUIRE(other.groups.size() == 1);
  CHECK(other.groups[0].causes.empty());
  CHECK(other.groups[0].alike.size() == 1);
  CHECK_FALSE(other.groups[0].explained());
  const Answer trusted = answer(
      usual_main_cf, logged("554 5.7.1 <c@d.example>: Relay access denied", "unknown[10.0.0.1]"));
  REQUIRE(trusted.groups.size() == 1);
  CHECK(trusted.groups[0].causes.empty());
}

TEST_CASE("a bare reply is played by a stranger", "[smtpd]") {
  const Answer told = answer(usual_main_cf, "554 5.7.1 <c@d.example>: Relay access denied");
  REQUIRE(told.groups.size() == 1);
  REQUIRE(told.groups[0].causes.size() == 1);
  CHECK(told.groups[0].causes[0].cause.assumes.size() == 1);
  const Answer unknown = answer(
      usual_main_cf,
      "<joe@home.example>: Recipient address rejected: User unknown in local recipient table");
  REQUIRE(unknown.groups.size() == 1);
  CHECK(unknown.groups[0].causes.size() == 1);
}

TEST_CASE("what is not here may be missing on the server", "[smtpd]") {
  const std::string networks = usual_main_cf + "mynetworks = /nowhere/networks\n";
  const Answer list = answer(networks, "451 4.3.0 <bob@home.example>: Temporary lookup failure");
  REQUIRE(list.groups.size() == 1);
  REQUIRE(list.groups[0].causes.size() == 1);
  CHECK(list.groups[0].causes[0].cause.decision.restriction == "permit_mynetworks");
  CHECK_FALSE(list.groups[0].causes[0].cause.failing.empty());
  CHECK(list.all.find("see on the server") != std::string::npos);

  const std::string logins =
      usual_main_cf +
      "smtpd_sasl_auth_enable = yes\nsmtpd_sender_login_maps = hash:/nowhere/logins\n"
      "smtpd_sender_restrictions = reject_unauthenticated_sender_login_mismatch\n";
  const Answer sender = answer(logins, "451 4.3.0 <a@b.example>: Temporary lookup failure");
  REQUIRE(sender.groups.size() == 1);
  REQUIRE(sender.groups[0].causes.size() == 1);
  CHECK(sender.groups[0].causes[0].cause.request.from == "a@b.example");

  const Answer here =
      answer(usual_main_cf, "451 4.3.0 <bob@home.example>: Temporary lookup failure");
  REQUIRE(here.groups.size() == 1);
  CHECK(here.groups[0].causes.empty());
}

TEST_CASE("permits are no remedy against the checks behind the lists", "[smtpd]") {
  const std::string refused =
      "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[10.0.0.1]: 550 5.1.1 "
      "<joe@home.example>: Recipient address rejected: User unknown in local recipient table; "
      "from=<a@b.example> to=<joe@home.example> proto=ESMTP helo=<h.example>";
  const std::string explicitly =
      usual_main_cf + "smtpd_recipient_restrictions = reject_unlisted_recipient\n";
  CHECK(answer(usual_main_cf, refused).groups.at(0).causes.size() == 1);
  CHECK(answer(usual_main_cf, refused).all.find("permit_mynetworks") == std::string::npos);
  CHECK(answer(explicitly, refused).all.find("permit_mynetworks") == std::string::npos);
  const std::string only = explicitly + "smtpd_reject_unlisted_recipient = no\n";
  CHECK(answer(only, refused).all.find("permit_mynetworks") != std::string::npos);
}

TEST_CASE("a warning and a refusal are told apart", "[smtpd]") {
  const std::string warning =
      "compatibility_level = 3.6\nsmtpd_sender_restrictions = warn_if_reject reject\n"
      "smtpd_relay_restrictions = reject_unauth_destination\n";
  std::string line = logged("554 5.7.1 <a@b.example>: Sender address rejected: Access denied");
  CHECK_FALSE(answer(warning, line).groups[0].explained());
  line.replace(line.find("reject:"), 7, "reject_warning:");
  const Answer told = answer(warning, line);
  REQUIRE(told.groups.size() == 1);
  CHECK(told.groups[0].explained());
  CHECK(told.groups[0].warning);
}

TEST_CASE("a blocklist is told by its zone, whatever reason it gave", "[smtpd]") {
  const std::string listed =
      "compatibility_level = 3.6\nmynetworks = 10.0.0.0/8\nmydestination = d.example\n"
      "local_recipient_maps =\nsmtpd_relay_restrictions = reject_unauth_destination\n"
      "smtpd_recipient_restrictions = reject_rbl_client z.example, reject_rbl_client y.example\n";
  const Answer told = answer(
      listed, logged("554 5.7.1 Service unavailable; Client host [192.168.1.5] blocked using "
                     "y.example; see there"));
  REQUIRE(told.groups.size() == 1);
  REQUIRE(told.groups[0].causes.size() == 1);
  CHECK(told.groups[0].causes[0].cause.decision.restriction == "reject_rbl_client y.example");
}

TEST_CASE("equal refusals are one group, and others decide elsewhere", "[smtpd]") {
  const std::string refused = logged("554 5.7.1 <c@d.example>: Relay access denied") + '\n';
  const Answer told =
      answer(usual_main_cf,
             "postfix/smtp[1]: 4F: to=<c@d.example>, relay=none, delay=1, delays=0/0/0/1, "
             "dsn=5.4.4, status=bounced (Host or domain name not found.)\n" +
                 refused + refused);
  REQUIRE(told.groups.size() == 2);
  CHECK(told.groups[0].lines == std::vector<std::size_t>{2, 3});
  REQUIRE(told.groups[1].elsewhere);
  CHECK(told.groups[1].elsewhere->foreign);
}

}  // namespace
}  // namespace postlint::smtpd::test
