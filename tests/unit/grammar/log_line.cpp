#include "grammar/log_line.hpp"

#include <string>

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

using Kind = LogLine::Kind;

std::string maybe(std::string_view text, const std::optional<Range>& range) {
  return range ? '<' + std::string(sub(text, *range)) + '>' : "-";
}

/// syslog name, daemon, action, stage, client, reply, from, to, helo, proto, login
std::string session(std::string_view text) {
  const LogLine line = parse_log_line(text);
  if (line.kind != Kind::session && line.kind != Kind::content) return "other";
  std::string out;
  for (const Range range : {line.syslog_name, line.daemon, line.action, line.stage,
                            line.client_name, line.client, line.reply})
    out += std::string(sub(text, range)) + '|';
  return out + maybe(text, line.from) + '|' + maybe(text, line.to) + '|' + maybe(text, line.helo) +
         '|' + std::string(sub(text, line.proto)) + '|' +
         std::string(sub(text, line.sasl_username));
}

constexpr std::string_view denied =
    "NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <a@b.example>: Relay access "
    "denied; from=<s@c.example> to=<a@b.example> proto=ESMTP helo=<x>";
constexpr std::string_view denied_parts =
    "reject|RCPT|unknown|198.51.100.7|554 5.7.1 <a@b.example>: Relay access denied|<s@c.example>|"
    "<a@b.example>|<x>|ESMTP|";

TEST_CASE("every header of syslog is taken", "[grammar]") {
  const std::string tag = "postfix/smtpd[12]: " + std::string(denied);
  const std::string parts = "postfix|smtpd|" + std::string(denied_parts);
  CHECK(session(denied) == "||" + std::string(denied_parts));
  CHECK(session(tag) == parts);
  CHECK(session("Nov  4 03:57:05 mail " + tag) == parts);
  CHECK(session("<22>Nov  4 03:57:05 mail " + tag) == parts);
  CHECK(session("2026-11-24T03:57:05.123456+00:00 mail " + tag) == parts);
  CHECK(session("Tue 2026-11-24 03:57:05 UTC mail " + tag) == parts);
  CHECK(session("<22>1 2026-11-24T03:57:05Z mail postfix/smtpd 12 - - " + std::string(denied)) ==
        parts);
  CHECK(session("mail postfix/submission/smtpd[1]: " + std::string(denied)) ==
        "postfix/submission|smtpd|" + std::string(denied_parts));
  CHECK(session("mail postfix-out/smtpd[1]: " + std::string(denied)) ==
        "postfix-out|smtpd|" + std::string(denied_parts));
}

TEST_CASE("a rejection has what the session had so far", "[grammar]") {
  CHECK(session("NOQUEUE: reject: CONNECT from unknown[unknown]: 450 4.7.1 Client host rejected: "
                "cannot find your reverse hostname, [unknown]; proto=SMTP") ==
        "||reject|CONNECT|unknown|unknown|450 4.7.1 Client host rejected: cannot find your reverse "
        "hostname, [unknown]|-|-|-|SMTP|");
  CHECK(session("4F1: reject_warning: RCPT from six.example[2001:db8::25]: 554 5.7.1 Service "
                "unavailable; Client host [2001:db8::25] blocked using z.example; see there; "
                "from=<> to=<\"a b\"@c.example> proto=SMTP helo=<a>b>") ==
        "||reject_warning|RCPT|six.example|2001:db8::25|554 5.7.1 Service unavailable; Client host "
        "[2001:db8::25] blocked using z.example; see there|<>|<\"a b\"@c.example>|<a>b>|SMTP|");
  CHECK(session(std::string(denied) + " sasl_method=PLAIN sasl_username=bob sasl_sender=") ==
        "||" + std::string(denied_parts) + "bob");
  CHECK(session("1: milter-reject: END-OF-MESSAGE from a[::1]: 5.7.1 Spam; from=<a@b> to=<c@d> "
                "proto=ESMTP helo=<h> sasl_username=<bob>") ==
        "||milter-reject|END-OF-MESSAGE|a|::1|5.7.1 Spam|<a@b>|<c@d>|<h>|ESMTP|bob");
}

TEST_CASE("postscreen separates with commas and gives no name", "[grammar]") {
  CHECK(session("postfix/postscreen[9]: NOQUEUE: reject: RCPT from [192.0.2.9]:4711: 550 5.7.1 "
                "Service unavailable; client [192.0.2.9] blocked using z.example; from=<a@b>, "
                "to=<c@d>, proto=ESMTP, helo=<h>") ==
        "postfix|postscreen|reject|RCPT||192.0.2.9|550 5.7.1 Service unavailable; client "
        "[192.0.2.9] blocked using z.example|<a@b>|<c@d>|<h>|ESMTP|");
  const std::string_view early = "PREGREET 14 after 0.1 from [192.0.2.9]:4711: EHLO x\\r\\n";
  const LogLine line = parse_log_line(early);
  CHECK(line.kind == Kind::notice);
  CHECK(sub(early, line.action) == "PREGREET");
  CHECK(sub(early, line.client) == "192.0.2.9");
}

TEST_CASE("cleanup quotes what it refused", "[grammar]") {
  const std::string_view text =
      "postfix/cleanup[9]: 4F1: reject: header Subject: mail from me[1]; x from u[192.0.2.9]; "
      "from=<a@b> to=<c@d> proto=ESMTP helo=<h>: 5.7.1 no such subjects";
  CHECK(session(text) ==
        "postfix|cleanup|reject|header|u|192.0.2.9|5.7.1 no such subjects|<a@b>|<c@d>|<h>|ESMTP|");
  const LogLine line = parse_log_line(text);
  CHECK(line.kind == Kind::content);
  CHECK(sub(text, line.content) == "Subject: mail from me[1]; x");
  CHECK(sub(text, line.dsn) == "5.7.1");
}

TEST_CASE("deliveries tell what the other side said", "[grammar]") {
  const std::string_view text =
      "postfix/smtp[3]: 4F1: to=<a@b.example>, orig_to=<x>, relay=mx.b.example[192.0.2.1]:25, "
      "delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.1] said: 550 "
      "5.1.1 <a@b.example>: User unknown (in reply to RCPT TO command))";
  const LogLine line = parse_log_line(text);
  CHECK(line.kind == Kind::delivery);
  CHECK(sub(text, line.status) == "bounced");
  CHECK(sub(text, line.relay) == "mx.b.example[192.0.2.1]:25");
  CHECK(sub(text, line.remote) == "mx.b.example[192.0.2.1]");
  CHECK(sub(text, line.reply) == "550 5.1.1 <a@b.example>: User unknown");
  CHECK(line.code == 550);
}

TEST_CASE("what looked like another reply first leaves nothing behind", "[grammar]") {
  const std::string_view text = "414 text; to=<u@host h said: 4.4.4 y> proto=SMTP";
  const LogLine line = parse_log_line(text);
  CHECK(line.code == 414);
  CHECK(sub(text, line.reply) == "414 text");
  CHECK(sub(text, line.text) == "text");
  CHECK(line.dsn.empty());
  CHECK(line.remote.empty());
}

TEST_CASE("a reply stands alone or in a bounce", "[grammar]") {
  for (const std::string_view text :
       {"554 5.7.1 <a@b.example>: Relay access denied",
        "Diagnostic-Code: smtp; 554 5.7.1 <a@b.example>: Relay access denied",
        "RCPT TO:<a@b.example> failed: 554 5.7.1 <a@b.example>: Relay access denied",
        "<a@b.example>: host mx.example[192.0.2.1] said: 554 5.7.1 <a@b.example>: Relay access "
        "denied (in reply to RCPT TO command)"}) {
    INFO(text);
    const LogLine line = parse_log_line(text);
    CHECK(line.kind == Kind::reply);
    CHECK(line.code == 554);
    CHECK(sub(text, line.dsn) == "5.7.1");
    CHECK(sub(text, line.text) == "<a@b.example>: Relay access denied");
  }
  CHECK(parse_log_line("<a@b.example>: Relay access denied").kind == Kind::reply);
  CHECK(parse_log_line("").kind == Kind::other);
  CHECK(parse_log_line("postfix/smtpd[1]: connect from unknown[192.0.2.1]").kind == Kind::other);
  CHECK(parse_log_line("Dear user, your mail of 24 November was not delivered").kind ==
        Kind::other);
}

}  // namespace
}  // namespace postlint::grammar::test
