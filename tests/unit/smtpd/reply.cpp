#include "src/smtpd/reply.hpp"

#include "src/smtpd/address_pattern.hpp"
#include "src/smtpd/choices.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/keywords.hpp"
#include "tests/catch.hpp"

namespace postlint::smtpd {

TEST_CASE("enhanced status codes are split off texts") {
  CHECK(dsn_length("5.7.1 no") == 5);
  CHECK(dsn_length("5.7.1") == 5);
  CHECK(dsn_length("4.123.456\tx") == 9);
  CHECK(dsn_length("3.7.1 no") == 0);
  CHECK(dsn_length("5.1234.1") == 0);
  CHECK(dsn_length("5.7.1x") == 0);
  CHECK(dsn_length("5.7.") == 0);
  CHECK(split_dsn("5.7.1", "  4.2.2  busy").dsn == "4.2.2");
  CHECK(split_dsn("5.7.1", "  4.2.2  busy").text == "busy");
  CHECK(split_dsn("5.7.1", "go away").dsn == "5.7.1");
}

TEST_CASE("address status codes follow what is being refused") {
  CHECK(fix_dsn("5.1.1", "Sender address") == "4.1.7");
  CHECK(fix_dsn("5.1.8", "Recipient address") == "4.1.2");
  CHECK(fix_dsn("5.1.9", "Sender address") == "4.1.0");
  CHECK(fix_dsn("5.1.1", "Client host") == "4.0.0");
  CHECK(fix_dsn("5.7.1", "Client host") == "5.7.1");
}

TEST_CASE("replies are sane whatever the configuration says") {
  CHECK(format_reply(554, "5.7.1", "no", true) == "554 5.7.1 no");
  CHECK(format_reply(254, "5.7.1", "no", true) == "450 4.7.1 Service unavailable");
  CHECK(format_reply(600, "5.7.1", "no", true) == "450 4.7.1 Service unavailable");
  CHECK(format_reply(554, "5.7.1", std::string(600, 'x'), true).size() == 510);
  CHECK(format_reply(554, "5.7.1", "a\r\nb", true) == "554 5.7.1 a  b");
  CHECK(soften_reply("554 5.7.1 no") == "454 4.7.1 no");
  CHECK(soften_reply("503 5.5.1 Error") == "403 4.5.1 Error");
  CHECK(soften_reply("250 2.1.5 Ok") == "250 2.1.5 Ok");
}

TEST_CASE("text is made printable as the daemon's locale has it") {
  CHECK(printable("a\xc3\xa4z", '?', true) == "a\xc3\xa4z");
  CHECK(printable("a\xc3\xa4z", '?', false) == "a??z");
  CHECK(printable("a\xc3", '?', true) == "a?");
}

TEST_CASE("keywords are found in any case, old spellings too") {
  CHECK(find_keyword("Permit_MyNetworks") == Keyword::permit_mynetworks);
  CHECK(find_keyword("reject_rbl") == Keyword::reject_rbl_client);
  CHECK(find_keyword("check_recipient_maps") == Keyword::reject_unlisted_recipient);
  CHECK(find_keyword("reject_unauth_destinations") == Keyword::other);
  CHECK(keyword_name(Keyword::reject_rbl_client) == "reject_rbl_client");
  CHECK(follows(Keyword::check_ccert_access) == Follows::table);
  CHECK(follows(Keyword::check_policy_service) == Follows::policy);
  CHECK(follows(Keyword::reject_rhsbl_sender) == Follows::domain);
  CHECK(follows(Keyword::reject) == Follows::nothing);
}

TEST_CASE("DNS list filters match octets, sets and ranges") {
  const auto pattern = AddressPattern::parse("127.0.[0;2].[2..4;10]");
  REQUIRE(pattern);
  CHECK(pattern->matches("127.0.0.3"));
  CHECK(pattern->matches("127.0.2.10"));
  CHECK_FALSE(pattern->matches("127.0.1.3"));
  CHECK_FALSE(pattern->matches("127.0.0.5"));
  CHECK_FALSE(pattern->matches("127.0.0"));
  for (const char* bad :
       {"", "127.0.0", "127.0.0.256", "127.0.0.[4..2]", "127.0.0.[1", "127.0.0.1x"})
    CHECK_FALSE(AddressPattern::parse(bad));
}

TEST_CASE("all combinations of unknown answers are played") {
  const auto coin = [](const std::string& fact) {
    Answer<int> answer;
    answer.fact = fact;
    answer.alternatives = {{0, fact + " is 0"}, {1, fact + " is 1"}};
    return answer;
  };
  Choices choices;
  std::vector<std::string> seen;
  do {
    // The second question comes up only where the first was answered with 1.
    const int first = choices.pick(coin("a"));
    const int again = choices.pick(coin("a"));
    CHECK(first == again);
    seen.push_back(std::to_string(first) +
                   (first == 1 ? std::to_string(choices.pick(coin("b"))) : ""));
  } while (choices.next());
  CHECK(seen == std::vector<std::string>{"0", "10", "11"});
}

TEST_CASE("a name whose sub-domain is told exists") {
  DnsFacts dns;
  dns.names["mx.example.org"]["A"] = {DnsAnswer::Kind::records, {"192.0.2.1"}};
  CHECK(dns.query("MX.example.org.", "A").records.size() == 1);
  CHECK(dns.query("example.org", "A").kind == DnsAnswer::Kind::unknown);
  dns.rest = {DnsAnswer::Kind::nxdomain, {}};
  CHECK(dns.query("example.org", "A").kind == DnsAnswer::Kind::no_data);
  CHECK(dns.query("mx.example.org", "MX").kind == DnsAnswer::Kind::no_data);
  CHECK(dns.query("example.net", "A").kind == DnsAnswer::Kind::nxdomain);
}

}  // namespace postlint::smtpd
