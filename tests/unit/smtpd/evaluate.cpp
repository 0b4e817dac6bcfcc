#include "src/smtpd/evaluate.hpp"

#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

namespace postlint::smtpd::test {
namespace {

/// A server with a domain of its own and one user; `more` comes after.
class Host {
 public:
  explicit Host(const std::string& more, database::Version version = {3, 7, 11})
      : configuration_(
            "compatibility_level = 3.6\n"
            "myhostname = mx.example.com\n"
            "mydestination = example.com\n"
            "mynetworks = 10.0.0.0/8\n"
            "local_recipient_maps = inline:{alice=1}\n"
            "alias_maps =\n" +
                more,
            version) {}

  void file(const std::string& name, const std::string& text) { configuration_.write(name, text); }

  Trace play(const Request& request) {
    if (server_ == nullptr) {
      const model::Workspace& workspace = configuration_.workspace();
      server_ = std::make_unique<Server>(workspace, workspace.services().front(),
                                         configuration_.tables(missing));
    }
    return evaluate(*server_, request, facts);
  }
  std::string reply(const Request& request) {
    const Trace trace = play(request);
    return trace.verdict == Verdict::depends ? "depends" : trace.reply;
  }

  Facts facts;
  MissingTables missing = MissingTables::unknown;

 private:
  Configuration configuration_;
  std::unique_ptr<Server> server_;
};

Request request(const std::string& client, const std::string& to,
                const std::string& from = "s@good.example") {
  Request made;
  made.client = client;
  made.client_name.status = PeerName::Status::none;
  made.helo = "client.example";
  made.from = from;
  made.to = {to};
  return made;
}

const std::string stranger = "198.51.100.7";
const std::string accepted = "250 2.1.5 Ok";
const std::string denied = "554 5.7.1 <x@far.example>: Relay access denied";

}  // namespace

TEST_CASE("strangers do not relay, neighbours do, users are known") {
  Host host("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n");
  CHECK(host.reply(request(stranger, "x@far.example")) == denied);
  CHECK(host.reply(request("10.1.2.3", "x@far.example")) == accepted);
  CHECK(host.reply(request(stranger, "alice@example.com")) == accepted);
  CHECK(host.reply(request(stranger, "nobody@example.com")) ==
        "550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown in local "
        "recipient table");
  CHECK(host.reply(request(stranger, "postmaster")) == accepted);
}

TEST_CASE("localhost stands in hosts(5), and no DNS is asked for its addresses") {
  Host host(
      "smtpd_client_restrictions = check_client_a_access inline:{127.0.0.1=REJECT}\n"
      "smtpd_relay_restrictions = reject_unauth_destination\n");
  Request local = request("127.0.0.1", "alice@example.com");
  local.client_name = {PeerName::Status::known, "localhost"};
  CHECK(host.reply(local) ==
        "554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Access denied");
}

TEST_CASE("the decision is the item without which the reply changes") {
  Host host("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n");
  const Trace refused = host.play(request(stranger, "x@far.example"));
  REQUIRE(refused.decided_by);
  CHECK(refused.decided_by->restriction == "reject_unauth_destination");
  CHECK(refused.decided_by->list == "smtpd_relay_restrictions");
  const Trace permitted = host.play(request("10.1.2.3", "x@far.example"));
  REQUIRE(permitted.decided_by);
  CHECK(permitted.decided_by->restriction == "permit_mynetworks");
  const Trace local = host.play(request(stranger, "alice@example.com"));
  REQUIRE(local.decided_by);
  CHECK(local.decided_by->list == "mydestination");
}

TEST_CASE("every step says why it did not decide") {
  Host host("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n");
  for (const Step& step : host.play(request(stranger, "x@far.example")).steps)
    CHECK_FALSE(step.why.empty());
}

TEST_CASE("access tables: results, and the names that refusals bear") {
  Host host(
      "smtpd_relay_restrictions = reject_unauth_destination\n"
      "smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/senders\n");
  host.file(
      "senders",
      "a.example REJECT\nb.example 550 5.1.1 gone\nc.example 554\nd.example DEFER 4.2.1 wait\n"
      "e.example DISCARD\nf.example check_client_access hash:/x\n"
      "g.example warn_if_reject reject\n<> REJECT empty\n");
  const auto reply = [&](const std::string& from) {
    return host.reply(request(stranger, "alice@example.com", from));
  };
  CHECK(reply("s@a.example") == "554 5.7.1 <s@a.example>: Sender address rejected: Access denied");
  CHECK(reply("s@sub.a.example") ==
        "554 5.7.1 <s@sub.a.example>: Sender address rejected: Access denied");
  CHECK(reply("s@b.example") == "550 5.1.7 <s@b.example>: Sender address rejected: gone");
  CHECK(reply("s@c.example") == accepted);
  CHECK(reply("s@d.example") == "450 4.2.1 <s@d.example>: Sender address rejected: wait");
  CHECK(host.reply(request(stranger, "x@far.example", "s@e.example")) == accepted);
  CHECK(reply("s@f.example") == "451 4.3.5 Server configuration error");
  CHECK(reply("s@g.example") == accepted);
  CHECK(reply("") == "554 5.7.1 <>: Sender address rejected: empty");
}

TEST_CASE("postponed decisions") {
  Host host(
      "smtpd_relay_restrictions =\n"
      "smtpd_recipient_restrictions = defer_if_permit, permit_mynetworks, "
      "reject_unauth_destination\n");
  const std::string deferred =
      "450 4.7.0 <alice@example.com>: Recipient address rejected: defer_if_permit requested";
  CHECK(host.reply(request("10.1.2.3", "alice@example.com")) == deferred);
  CHECK(host.reply(request(stranger, "x@far.example")) == denied);
  Host other("smtpd_relay_restrictions = defer_if_reject, reject_unauth_destination\n");
  CHECK(other.reply(request(stranger, "x@far.example")) ==
        "450 4.7.0 <x@far.example>: Recipient address rejected: defer_if_reject requested");
}

TEST_CASE("the gate at the start of smtpd") {
  Host none("smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks\n");
  const Trace dead = none.play(request(stranger, "x@far.example"));
  CHECK(dead.verdict == Verdict::fatal);
  CHECK(dead.fatal.find("specify at least one working instance of") != std::string::npos);
  Host argument(
      "smtpd_relay_restrictions =\n"
      "smtpd_recipient_restrictions = reject_rbl_client reject, permit_mynetworks\n");
  argument.facts.dns.rest = {DnsAnswer::Kind::nxdomain, {}};
  CHECK(argument.reply(request(stranger, "x@far.example")) == accepted);
  Host loop(
      "smtpd_relay_restrictions =\nsmtpd_restriction_classes = c\nc = permit_mynetworks, c\n"
      "smtpd_recipient_restrictions = c, reject\n");
  CHECK(loop.play(request(stranger, "x@far.example")).verdict == Verdict::fatal);
}

TEST_CASE("what is not known forks, and only what hinges on it is open") {
  Host host(
      "smtpd_relay_restrictions = check_client_access hash:/etc/postfix/gone, "
      "reject_unauth_destination\n");
  const Trace open = host.play(request(stranger, "x@far.example"));
  CHECK(open.verdict == Verdict::depends);
  CHECK(open.outcomes.size() >= 2);
  CHECK_FALSE(open.assumes.empty());
  Host warned(
      "smtpd_relay_restrictions = reject_unauth_destination\n"
      "smtpd_data_restrictions = check_client_access hash:/etc/postfix/gone\n");
  CHECK(warned.reply(request(stranger, "x@far.example")) == denied);
  Host absent(
      "smtpd_relay_restrictions = check_client_access hash:/etc/postfix/gone, "
      "reject_unauth_destination\n");
  absent.missing = MissingTables::absent;
  CHECK(absent.reply(request(stranger, "x@far.example")) ==
        "451 4.3.5 <unknown[198.51.100.7]>: Client host rejected: Server configuration error");
}

TEST_CASE("a client name that nobody told matters where a list asks for it") {
  Host host("smtpd_relay_restrictions = reject_unauth_destination\n");
  Request untold = request(stranger, "x@far.example");
  untold.client_name.status = PeerName::Status::not_told;
  CHECK(host.reply(untold) == denied);
  Host named(
      "smtpd_client_restrictions = reject_unknown_client_hostname\n"
      "smtpd_relay_restrictions = reject_unauth_destination\n");
  untold.to = {"alice@example.com"};
  CHECK(named.reply(untold) == "depends");
  untold.client_name.status = PeerName::Status::tempfail;
  CHECK(named.reply(untold) ==
        "450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]");
}

TEST_CASE("several recipients, DATA and the end of the message") {
  Host host(
      "smtpd_relay_restrictions = check_recipient_access static:permit, reject\n"
      "smtpd_data_restrictions = reject_unauth_destination\n"
      "smtpd_end_of_data_restrictions = reject\n");
  Request two = request(stranger, "x@far.example");
  two.to.emplace_back("y@far.example");
  two.until = Stage::data;
  CHECK(host.reply(two) == "354 End data with <CR><LF>.<CR><LF>");
  two.until = Stage::eod;
  CHECK(host.reply(two) == "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access denied");
  Request one = request(stranger, "x@far.example");
  one.until = Stage::data;
  CHECK(host.reply(one) == denied);
}

TEST_CASE("without delayed refusals the client list speaks at once") {
  Host host("smtpd_delay_reject = no\nsmtpd_client_restrictions = reject\n");
  const Trace trace = host.play(request(stranger, "alice@example.com"));
  CHECK(trace.stage == Stage::connect);
  CHECK(trace.reply == "554 5.7.1 <unknown[198.51.100.7]>: Client host rejected: Access denied");
  CHECK(trace.reply_of(Stage::mail) == "503 5.7.0 Error: access denied for unknown[198.51.100.7]");
}

TEST_CASE("logins need SASL, and TLS where the configuration asks for it") {
  Host host(
      "smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination\n"
      "smtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\n"
      "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/a.pem\n");
  Request login = request(stranger, "x@far.example");
  login.sasl = "bob";
  CHECK(host.reply(login) == "503 5.5.1 Error: authentication not enabled");
  login.tls.emplace();
  CHECK(host.reply(login) == accepted);
  login.sasl_method = "ANONYMOUS";
  CHECK(host.reply(login) == denied);
}

TEST_CASE("a required client certificate is asked of those who say no HELO, too") {
  Host host(
      "smtpd_tls_security_level = encrypt\nsmtpd_tls_req_ccert = yes\n"
      "smtpd_tls_cert_file = /etc/ssl/a.pem\n");
  const std::string refused = "421 4.7.1 mx.example.com Error: No client certificate presented";
  Request one = request(stranger, "alice@example.com");
  one.tls.emplace();
  CHECK(host.play(one).reply_of(Stage::helo) == refused);
  one.helo.reset();
  const Trace trace = host.play(one);
  CHECK(trace.verdict == Verdict::defer);
  CHECK(trace.stage == Stage::mail);
  CHECK(trace.reply == refused);
  one.tls->trusted = true;
  CHECK(host.reply(one) == accepted);
}

TEST_CASE("in wrapper mode a server without a certificate drops everybody") {
  Request one = request(stranger, "alice@example.com");
  one.tls.emplace();
  Host bare("smtpd_tls_wrappermode = yes\n");
  const Trace dropped = bare.play(one);
  CHECK(dropped.verdict == Verdict::reject);
  CHECK(dropped.stage == Stage::connect);
  CHECK(dropped.reply.empty());
  Host host("smtpd_tls_wrappermode = yes\nsmtpd_tls_cert_file = /etc/ssl/a.pem\n");
  CHECK(host.reply(one) == accepted);
}

TEST_CASE("releases differ") {
  const std::string lists =
      "smtpd_relay_restrictions =\n"
      "smtpd_recipient_restrictions = permit_mynetworks, check_relay_domains\n";
  Host old(lists, {3, 7, 11});
  CHECK(old.reply(request(stranger, "x@far.example")) ==
        "554 5.7.1 <x@far.example>: Recipient address rejected: Relay access denied");
  Host recent(lists, {3, 11, 0});
  CHECK(recent.reply(request(stranger, "x@far.example")) == "451 4.3.5 Server configuration error");
}

TEST_CASE("DNS lists") {
  Host host(
      "smtpd_relay_restrictions = reject_unauth_destination\n"
      "smtpd_client_restrictions = reject_rbl_client bl.example=127.0.0.[2..3]\n");
  host.facts.dns.rest = {DnsAnswer::Kind::nxdomain, {}};
  CHECK(host.reply(request(stranger, "alice@example.com")) == accepted);
  auto& entry = host.facts.dns.names["7.100.51.198.bl.example"];
  entry["A"] = {DnsAnswer::Kind::records, {"127.0.0.3"}};
  entry["TXT"] = {DnsAnswer::Kind::records, {"listed"}};
  CHECK(
      host.reply(request(stranger, "alice@example.com")) ==
      "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using bl.example; listed");
  entry["A"].records = {"127.0.0.9"};
  CHECK(host.reply(request(stranger, "alice@example.com")) == accepted);
}

TEST_CASE("policy services answer from the facts") {
  Host host(
      "smtpd_relay_restrictions = check_policy_service inet:127.0.0.1:10023, "
      "reject_unauth_destination\n");
  CHECK(host.reply(request(stranger, "x@far.example")) == "depends");
  host.facts.policy["inet:127.0.0.1:10023"] = "DUNNO";
  CHECK(host.reply(request(stranger, "x@far.example")) == denied);
  host.facts.policy["inet:127.0.0.1:10023"] = "tempfail";
  CHECK(host.reply(request(stranger, "x@far.example")) ==
        "451 4.3.5 <x@far.example>: Recipient address rejected: Server configuration problem");
}

TEST_CASE("addresses that do not parse are refused before any list") {
  Host host("smtpd_client_restrictions = reject\n");
  CHECK(host.reply(request(stranger, "u@")) == "501 5.1.3 Bad recipient address syntax");
  CHECK(host.reply(request(stranger, "")) == "501 5.1.3 Bad recipient address syntax");
  Request sender = request(stranger, "alice@example.com", "a@.example");
  CHECK(host.reply(sender) == "501 5.1.7 Bad sender address syntax");
}

}  // namespace postlint::smtpd::test
