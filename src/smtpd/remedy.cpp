#include <algorithm>

#include "grammar/network.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/explanation.hpp"

namespace postlint::smtpd {
namespace {

std::string first_word(const std::string& restriction) {
  return restriction.substr(0, restriction.find(' '));
}

/// Networks that no stranger on the Internet comes from.
bool is_private(const std::string& client) {
  const auto address = grammar::parse_address(client);
  if (!address) return false;
  for (const std::string_view text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                      "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10"})
    if (grammar::contains(*grammar::parse_network(text).network, *address)) return true;
  return false;
}

std::string single_network(const std::string& client) {
  return client.find(':') == std::string::npos ? client + "/32" : '[' + client + "]/128";
}

class Author {
 public:
  Author(const Server& server, const Cause& cause, const std::vector<const Server*>& servers)
      : server_(server), cause_(cause), servers_(servers) {}

  Remedy remedy;

  void write() {
    const Keyword keyword = find_keyword(first_word(cause_.decision.restriction));
    if (configuration_error()) return broken();
    if (is_relay(keyword)) return relay();
    by_keyword(keyword);
    if (!is_asked_anyway(keyword)) permits();
    if (remedy.fixes.empty()) general();
  }

 private:
  void need(std::string text) { remedy.needs.push_back(std::move(text)); }
  void fix(std::string what, std::string risk) {
    remedy.fixes.push_back({std::move(what), std::move(risk)});
  }

  [[nodiscard]] static bool is_relay(Keyword keyword) {
    return keyword == Keyword::reject_unauth_destination ||
           keyword == Keyword::defer_unauth_destination || keyword == Keyword::check_relay_domains;
  }

  [[nodiscard]] bool configuration_error() const {
    return cause_.reply.find("Server configuration error") != std::string::npos ||
           cause_.reply.find("Temporary lookup failure") != std::string::npos;
  }

  /// The implicit checks follow on the lists, whatever these permit.
  [[nodiscard]] bool is_asked_anyway(Keyword keyword) const {
    if (keyword == Keyword::reject_unlisted_recipient)
      return server_.parameters().reject_unlisted_recipient;
    return keyword == Keyword::reject_unlisted_sender &&
           server_.parameters().reject_unlisted_sender;
  }

  void broken() {
    if (!cause_.failing.empty()) return unreadable();
    need("the mistake at this place is mended: the reply is no decision about the mail");
    fix("mend it (`postlint check` names the mistake), then `postfix reload`",
        "removing the item instead may remove a check that keeps strangers out: see `postlint "
        "relay`");
  }

  void unreadable() {
    need("the server can read what is not here: the reply is no decision about the mail");
    fix("see on the server whether the file or table is there, is built (postmap(1)) and can be "
        "read; its log then says `warning: ... is unavailable`",
        "none");
  }

  [[nodiscard]] std::string client() const { return cause_.request.client; }
  [[nodiscard]] std::string recipient() const {
    return cause_.request.to.empty() ? std::string() : cause_.request.to.back();
  }

  [[nodiscard]] bool consults(Keyword keyword) const {
    return std::any_of(cause_.passed.begin(), cause_.passed.end(), [&](const Step& step) {
      return find_keyword(first_word(step.restriction)) == keyword;
    });
  }

  [[nodiscard]] bool in_mynetworks() const {
    const PeerName& name = cause_.request.client_name;
    const std::string text = name.status == PeerName::Status::known ? name.name : "unknown";
    return server_.tables().mynetworks.match(text, client()).matched();
  }

  void relay() {
    permits();
    const std::string domain(domain_of(recipient()));
    if (!domain.empty())
      need("the domain " + domain +
           " is in mydestination, virtual_alias_domains, virtual_mailbox_domains or relay_domains");
    network_fix();
    login_fix();
    if (!domain.empty())
      fix("if mail for " + domain +
              " is to be received here: name the domain in exactly one of mydestination (local "
              "accounts), virtual_mailbox_domains, virtual_alias_domains or relay_domains (another "
              "server of yours has the mailboxes)",
          "everybody may then send to this domain; without a list of recipients also to users "
          "that do not exist");
    remedy.never =
        "remove reject_unauth_destination or defer_unauth_destination, or widen mynetworks to "
        "addresses that are not yours: an open relay";
  }

  void network_fix() {
    if (in_mynetworks() || client().empty() || assumed_client()) return;
    if (is_private(client()))
      return fix("if the client is a machine of yours: add " + single_network(client()) +
                     ", this address alone, to mynetworks",
                 "every program on that machine may send anywhere, without a password; behind "
                 "address translation or a proxy the address may stand for the whole Internet");
    fix("if the client is a server of yours with a fixed address: add " + single_network(client()) +
            ", this address alone, to mynetworks",
        "whoever gets that address later may send through this server; never do this for "
        "addresses that a provider hands out to customers");
  }

  [[nodiscard]] bool assumed_client() const {
    return std::any_of(cause_.assumes.begin(), cause_.assumes.end(), [](const std::string& text) {
      return text.starts_with("the client is a stranger");
    });
  }

  void login_fix() {
    if (cause_.request.sasl) return;
    const Server* other = nullptr;
    for (const Server* each : servers_)
      if (each->parameters().sasl_enabled && (other == nullptr || each == &server_)) other = each;
    if (other == nullptr)
      return fix(
          "if the client is a user's program: let users log in (a submission service with "
          "smtpd_sasl_auth_enable = yes and smtpd_tls_security_level = encrypt)",
          "who knows a password may send anywhere; without TLS passwords can be read");
    fix("if the client is a user's program: have it log in on " + other->name() +
            " (outgoing server: authentication on)",
        "none; check that the mail program really sends the login");
  }

  /// The permits that this list asks before the refusal.
  void permits() {
    if (!cause_.request.sasl && consults(Keyword::permit_sasl_authenticated)) {
      if (server_.parameters().sasl_enabled)
        need("the client is logged in (permit_sasl_authenticated)");
      else
        need("the client could log in: " + server_.name() +
             " offers no login (smtpd_sasl_auth_enable = no)");
    }
    const bool asked = consults(Keyword::permit_mynetworks);
    const bool member = !client().empty() && in_mynetworks();
    const std::string who =
        assumed_client() || client().empty() ? "the client's address" : client();
    if (asked && !member) need(who + " is in mynetworks (permit_mynetworks)");
    if (!asked && member) {
      need(cause_.decision.list + " asks permit_mynetworks before this item: " + client() +
           " is in mynetworks, but this list does not look there");
      fix("have the machine use a service whose lists ask permit_mynetworks (port 25), or log in "
          "here; else put permit_mynetworks before this item",
          "every client of mynetworks passes this item without a login");
    }
    if (consults(Keyword::permit_tls_clientcerts))
      need("the client shows a certificate whose fingerprint is in relay_clientcerts");
  }

  void by_keyword(Keyword keyword) {
    if (cause_.decision.table) return table();
    switch (keyword) {
      case Keyword::reject:
      case Keyword::defer:
        if (consults(Keyword::permit_sasl_authenticated)) login_fix();
        break;
      case Keyword::reject_unlisted_recipient:
        two_classes();
        need(recipient() + " is among the valid recipients of its domain");
        fix("add the recipient (account, alias or mailbox entry), and rebuild the table with "
            "postmap(1) or newaliases(1) where it is an indexed one",
            "none");
        fix("if the mailboxes of the domain are on another server: take the domain out of "
            "mydestination (or the virtual classes), and let relay_domains name it only if mail "
            "for it is to pass through here",
            "with a domain in no class this host sends its mail to where the DNS leads");
        break;
      case Keyword::reject_unlisted_sender:
        need("the sender " + cause_.request.from + " exists here");
        fix("add the sender as a recipient, or use an existing address", "none");
        break;
      case Keyword::reject_unknown_client_hostname:
        need("the client's PTR record names a host whose address record leads back to it");
        fix("let the owner of the address repair PTR and A/AAAA records",
            "none; where many honest senders lack them, reject_unknown_reverse_client_hostname "
            "asks for less, and lets more spam in");
        break;
      case Keyword::reject_unknown_reverse_client_hostname:
        need("the client's address has a PTR record");
        fix("let the owner of the address add a PTR record", "none");
        break;
      case Keyword::reject_non_fqdn_helo_hostname:
      case Keyword::reject_invalid_helo_hostname:
      case Keyword::reject_unknown_helo_hostname:
        need("the client names itself in EHLO with a full host name that exists");
        fix("repair the name that the client sends; for your own programs ask permit_mynetworks "
            "and "
            "permit_sasl_authenticated before this item",
            "clients that pass by it are not checked; strangers must not be among them");
        break;
      case Keyword::reject_non_fqdn_sender:
      case Keyword::reject_unknown_sender_domain:
        need("the sender's domain is complete and has an MX or address record");
        fix("repair the sender address in the sending program", "none");
        break;
      case Keyword::reject_non_fqdn_recipient:
      case Keyword::reject_unknown_recipient_domain:
        need("the recipient's domain is complete and has an MX or address record");
        fix("repair the recipient address", "none");
        break;
      case Keyword::reject_authenticated_sender_login_mismatch:
      case Keyword::reject_known_sender_login_mismatch:
      case Keyword::reject_unauthenticated_sender_login_mismatch:
        need("the client is logged in as an owner of " + cause_.request.from +
             " (smtpd_sender_login_maps)");
        fix("let the user send with an address of his own, or name the login behind the address "
            "in smtpd_sender_login_maps",
            "the login may then send in the name of that address");
        break;
      case Keyword::reject_rbl_client:
      case Keyword::reject_rhsbl_client:
      case Keyword::reject_rhsbl_reverse_client:
      case Keyword::reject_rhsbl_helo:
      case Keyword::reject_rhsbl_sender:
      case Keyword::reject_rhsbl_recipient:
        need("the blocklist does not list it");
        blocklist();
        break;
      case Keyword::reject_plaintext_session:
        need("the session is encrypted");
        fix("let the client use STARTTLS", "none");
        break;
      case Keyword::check_policy_service:
        need("the policy service answers otherwise: it decides, not this configuration");
        fix("ask the log of the policy service; greylisting lets the same mail in when it is sent "
            "again",
            "none");
        break;
      default:
        break;
    }
  }

  /// The list of an address class, and the table of its recipients.
  struct Class {
    std::string_view parameter;
    const MatchList* domains;
    const Maps* recipients;  // null: virtual_alias_maps, which is asked in every class
  };

  /// Those whose list has the domain; the first of them counts.
  [[nodiscard]] std::vector<Class> classes_of(const std::string& domain) const {
    const Resolver& resolver = server_.resolver();
    const Server::Tables& tables = server_.tables();
    std::vector<Class> classes;
    for (const Class& each :
         {Class{"mydestination", &resolver.mydestination(), &tables.local_recipients},
          Class{"virtual_alias_domains", resolver.virtual_alias_domains(), nullptr},
          Class{"virtual_mailbox_domains", resolver.virtual_mailbox_domains(),
                &tables.virtual_mailboxes},
          Class{"relay_domains", resolver.relay_domains(), &tables.relay_recipients}})
      if (each.domains != nullptr && each.domains->match(domain).matched()) classes.push_back(each);
    return classes;
  }

  [[nodiscard]] bool may_know(const Class& other) const {
    if (other.recipients == nullptr) return false;
    return other.recipients->empty() ||
           !find_address(*other.recipients, recipient(), server_.local_domains(), server_.config())
                .absent();
  }

  /// The recipient is known in a class that is not asked.
  void two_classes() {
    const std::string domain(domain_of(recipient()));
    const std::vector<Class> classes = classes_of(domain);
    for (std::size_t i = 1; i < classes.size(); ++i) {
      if (!may_know(classes[i])) continue;
      const std::string first(classes[0].parameter);
      const std::string second(classes[i].parameter);
      remedy.classes = first + ' ' + second;
      need(domain + " is in " + second + " alone: it is in " + first +
           " as well, which counts, so "
           "that " +
           classes[i].recipients->title() + " is never asked");
      fix("take " + domain + " out of " + first,
          "of its recipients only those that " + classes[i].recipients->title() +
              " or virtual_alias_maps has are then accepted");
      return;
    }
  }

  void blocklist() {
    const std::string& item = cause_.decision.restriction;
    if (item.find('=') == std::string::npos)
      fix("say which answers count (\"zone=127.0.0.[2..11]\"): without that, answers such as "
          "\"open resolver\" and \"over quota\" refuse all mail",
          "none where the answers are those that the list documents");
    fix("let the owner of the address have it taken off the list; for your own clients ask "
        "permit_mynetworks and permit_sasl_authenticated before this item",
        "an entry that lets one client pass must not stand before the relay check as OK");
  }

  void table() {
    const TableHit& hit = *cause_.decision.table;
    need("the entry \"" + hit.key + "\" of " + hit.table + " does not refuse");
    fix("change or remove that entry, or put a DUNNO entry for this client or address before it",
        "DUNNO lets the checks behind it decide; OK would pass by all of them, the relay check "
        "included");
  }

  void general() {
    if (remedy.needs.empty()) need("this item does not apply to the request");
    fix("change the request, or what this item asks for; play the change with `postlint trace`",
        "permits in front of it pass by what stands behind them: prove with `postlint relay` that "
        "strangers stay out");
  }

  const Server& server_;
  const Cause& cause_;
  const std::vector<const Server*>& servers_;
};

}  // namespace

Remedy remedy(const Server& server, const Cause& cause, const std::vector<const Server*>& servers) {
  Author author(server, cause, servers);
  author.write();
  return std::move(author.remedy);
}

}  // namespace postlint::smtpd
