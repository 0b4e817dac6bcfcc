#include <random>

#include "src/smtpd/relay_search.hpp"
#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

// Symbolic and concrete evaluation agree: every request of a path's box, played alone, comes to the
// end of the path; so do requests with other values in place of those that stand for many.

namespace postlint::smtpd {
namespace {

using Members = std::array<std::uint32_t, dimension_count>;
using Random = std::mt19937;

struct Example {
  const char* name;
  const char* main_cf;
};

constexpr std::array<Example, 9> examples{{
    {"keywords",
     "smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, "
     "reject_unknown_helo_hostname\n"
     "smtpd_sender_restrictions = reject_non_fqdn_sender, reject_unknown_sender_domain\n"
     "smtpd_client_restrictions = reject_unknown_client_hostname\n"
     "smtpd_relay_restrictions = permit_mynetworks, permit_naked_ip_address, "
     "reject_unauth_destination\n"},
    {"tables of every subject",
     "smtpd_client_restrictions = check_client_access inline:{{203.0.113 = OK}, {com = DUNNO}, "
     "{unknown = REJECT}, {198.51.100.9 = permit_mynetworks, reject}}\n"
     "smtpd_helo_restrictions = check_helo_access inline:{{a.example = REJECT}, {org = OK}}\n"
     "smtpd_relay_restrictions = check_sender_access inline:{{friends.example = OK}, {joe@ = "
     "REJECT}, {ann@friends.example = DUNNO}, {<> = OK}}, reject_unauth_destination\n"},
    {"recipients",
     "relay_domains = relay.example, .sub.example\nvirtual_alias_domains = alias.example\n"
     "smtpd_relay_restrictions = check_recipient_access inline:{{abuse@ = OK}, {partner.example = "
     "OK}, {x@partner.example = REJECT}, {net = 450 4.7.1 later}, {bad@ = REJECT}}, "
     "reject_unauth_destination\n"},
    {"regular expressions",
     "smtpd_relay_restrictions = check_sender_access pcre:{{/^(joe|ann)@.*\\.example$$/ OK}, "
     "{/[0-9]{3}/ REJECT}, {!/@/ DUNNO}}, check_client_access regexp:{{/^dsl-[0-9]+\\./ OK}}, "
     "check_helo_access regexp:{{/^friend/ OK}, {/\\.$$/ REJECT}}, reject_unauth_destination\n"},
    {"networks",
     "mynetworks = 127.0.0.0/8, !11.22.0.0/16, 11.0.0.0/8, cidr:{{if 100.0.0.0/6}, "
     "{102.0.0.0/8 x}, {endif}}, friend.example\n"
     "smtpd_relay_restrictions = permit_mynetworks, check_client_access cidr:{{60.0.0.0/7 OK}, "
     "{60.1.0.0/16 REJECT}, {2000::/5 OK}}, reject_unauth_destination\n"},
    {"classes and warnings",
     "smtpd_restriction_classes = strict, friends\n"
     "strict = warn_if_reject reject_non_fqdn_sender, check_sender_access inline:{{a.example = "
     "friends}, {b.example = reject}}\n"
     "friends = check_helo_access inline:{{c.example = OK}}, defer_if_permit\n"
     "smtpd_relay_restrictions = strict, reject_unauth_destination\n"},
    {"early lists",
     "smtpd_delay_reject = no\n"
     "smtpd_client_restrictions = check_client_access inline:{{203.0.113.5 = REJECT}}\n"
     "smtpd_helo_restrictions = reject_invalid_helo_hostname\n"
     "smtpd_sender_restrictions = check_sender_access inline:{{a.example = DISCARD}}\n"},
    {"encryption",
     "smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\n"
     "smtpd_tls_chain_files = /etc/postfix/pem\nrelay_clientcerts = static:x\n"
     "smtpd_sender_restrictions = reject_plaintext_session\n"
     "smtpd_relay_restrictions = permit_tls_clientcerts, reject_unauth_destination\n"},
    {"wildcards",
     "relay_domains = com, static:x\nallow_untrusted_routing = yes\n"
     "smtpd_recipient_restrictions = reject_non_fqdn_recipient, reject_unknown_recipient_domain\n"},
}};

std::string label(Random& random) {
  std::string text;
  for (int i = 0; i < 7; ++i) text += static_cast<char>('g' + random() % 20);
  return text;
}

/// Other values for those that are no key of any table.
Space varied(const Space& space, Random& random) {
  Space other = space;
  for (std::size_t i = 0; i < other.addresses.size(); ++i)
    if (!other.neighbours[i].empty())
      other.addresses[i] = other.neighbours[i][random() % other.neighbours[i].size()];
  for (auto& helo : other.helos)
    if (helo && helo->starts_with("mail.stranger")) helo->replace(0, 4, label(random));
  for (std::string& sender : other.senders)
    if (sender.starts_with("someone@stranger")) sender.replace(0, 7, label(random));
  for (RecipientChoice& choice : other.recipients)
    if (choice.to.starts_with("victim@elsewhere")) {
      choice.to.replace(0, 6, label(random));
      choice.internal = choice.to;
    }
  for (ClientNames& names : other.names)
    if (names.client.name.starts_with("mail.stranger"))
      names.reverse.name = names.client.name.replace(0, 4, label(random));
  return other;
}

Members draw(const Box& box, Random& random) {
  Members members{};
  for (std::size_t d = 0; d < dimension_count; ++d)
    members[d] = (*box.members[d])[random() % box.members[d]->size()];
  return members;
}

std::string shown(const Request& request) {
  return request.client + " (" + request.client_name.name + ") HELO " + request.helo.value_or("-") +
         " FROM <" + request.from + "> TO <" + request.to.front() + "> " +
         (request.tls ? "TLS" : "");
}

class Comparison {
 public:
  Comparison(const Example& example, Random& random)
      : configuration_(std::string("compatibility_level = 3.6\nmydestination = home.example\n"
                                   "mynetworks = 127.0.0.0/8\n") +
                       example.main_cf),
        random_(random) {
    configuration_.write("master.cf", "smtp inet n - n - - smtpd\n");
  }

  /// Draws requests from each path; returns how many.
  std::size_t run(std::size_t draws) {
    const Server server(configuration_.workspace(), configuration_.workspace().services().front(),
                        configuration_.tables());
    REQUIRE(server.fatal().empty());
    const Space space = stranger_space(server, {}, find_sources(server));
    PathSearch search(server, facts_, space, 100000);
    std::vector<Path> paths;
    REQUIRE(search.run([](const RecipientChoice&) { return true; }, 1,
                       [&](const Path& path) {
                         paths.push_back(path);
                         return true;
                       }));
    std::size_t drawn = 0;
    for (std::size_t round = 0; drawn < draws; ++round) {
      const Space other = round % 2 == 0 ? space : varied(space, random_);
      PathSearch single(server, facts_, other, 1);
      for (const Path& path : paths) {
        compare(path, single, other);
        ++drawn;
      }
    }
    return drawn;
  }

 private:
  void compare(const Path& path, PathSearch& single, const Space&) {
    const Members members = draw(path.box, random_);
    const auto played = single.play(members, 1);
    const std::string what = shown(single.world().request_of(members, 1));
    INFO(what);
    REQUIRE(played);
    CHECK(played->end == path.end);
    CHECK(played->reply.substr(0, 3) == path.reply.substr(0, 3));
  }

  test::Configuration configuration_;
  Facts facts_;
  Random& random_;
};

}  // namespace

TEST_CASE("every request of a path takes the path", "[relay][paths]") {
  Random random(20240229);
  std::size_t drawn = 0;
  for (const Example& example : examples) {
    INFO(example.name);
    drawn += Comparison(example, random).run(1200);
  }
  CHECK(drawn >= 10000);
}

}  // namespace postlint::smtpd
