#include "src/smtpd/reply_producers.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

struct Template {
  Keyword keyword;
  std::string_view words;
};

/// Words that the keyword alone uses.
constexpr std::array templates{
    Template{Keyword::reject_unauth_destination, ">: Relay access denied"},
    Template{Keyword::defer_unauth_destination, ">: Relay access denied"},
    Template{Keyword::check_relay_domains, "Recipient address rejected: Relay access denied"},
    Template{Keyword::reject_unknown_client_hostname, "cannot find your hostname"},
    Template{Keyword::reject_unknown_reverse_client_hostname, "cannot find your reverse hostname"},
    Template{Keyword::reject_invalid_helo_hostname, "Helo command rejected: Invalid name"},
    Template{Keyword::reject_invalid_helo_hostname, "Helo command rejected: invalid ip address"},
    Template{Keyword::reject_non_fqdn_helo_hostname,
             "Helo command rejected: need fully-qualified hostname"},
    Template{Keyword::reject_unknown_helo_hostname, "Helo command rejected: Host not found"},
    Template{Keyword::reject_non_fqdn_sender, "Sender address rejected: need fully-qualified"},
    Template{Keyword::reject_non_fqdn_recipient,
             "Recipient address rejected: need fully-qualified"},
    Template{Keyword::reject_unknown_sender_domain, "Sender address rejected: Domain "},
    Template{Keyword::reject_unknown_recipient_domain, "Recipient address rejected: Domain "},
    Template{Keyword::reject_unverified_sender, "Sender address rejected: unverified address"},
    Template{Keyword::reject_unverified_sender, "Sender address rejected: undeliverable address"},
    Template{Keyword::reject_unverified_recipient,
             "Recipient address rejected: unverified address"},
    Template{Keyword::reject_unverified_recipient,
             "Recipient address rejected: undeliverable address"},
    Template{Keyword::reject_unauthenticated_sender_login_mismatch, "rejected: not logged in"},
    Template{Keyword::reject_authenticated_sender_login_mismatch, "rejected: not owned by user "},
    Template{Keyword::reject_known_sender_login_mismatch, "rejected: not owned by user "},
    Template{Keyword::reject_unlisted_recipient, "Recipient address rejected: User unknown in"},
    Template{Keyword::reject_unlisted_sender, "Sender address rejected: User unknown in"},
    Template{Keyword::reject_unauth_pipelining, "Improper use of SMTP command pipelining"},
    Template{Keyword::reject_multi_recipient_bounce, "Multi-recipient bounce"},
    Template{Keyword::reject_plaintext_session, "Session encryption is required"},
    Template{Keyword::defer, "rejected: Try again later"},
    Template{Keyword::reject, "rejected: Access denied"},
    Template{Keyword::check_policy_service, " rejected: "},
};

/// The class of replies that a check of a table forms; empty: it is none.
std::string_view access_class(Keyword keyword) {
  switch (keyword) {
    case Keyword::check_client_access:
    case Keyword::check_client_ns_access:
    case Keyword::check_client_mx_access:
    case Keyword::check_client_a_access:
      return ">: Client host rejected: ";
    case Keyword::check_reverse_client_hostname_access:
    case Keyword::check_reverse_client_hostname_ns_access:
    case Keyword::check_reverse_client_hostname_mx_access:
    case Keyword::check_reverse_client_hostname_a_access:
      return ">: Unverified Client host rejected: ";
    case Keyword::check_helo_access:
    case Keyword::check_helo_ns_access:
    case Keyword::check_helo_mx_access:
    case Keyword::check_helo_a_access:
      return ">: Helo command rejected: ";
    case Keyword::check_sender_access:
    case Keyword::check_sender_ns_access:
    case Keyword::check_sender_mx_access:
    case Keyword::check_sender_a_access:
      return ">: Sender address rejected: ";
    case Keyword::check_recipient_access:
    case Keyword::check_recipient_ns_access:
    case Keyword::check_recipient_mx_access:
    case Keyword::check_recipient_a_access:
      return ">: Recipient address rejected: ";
    case Keyword::check_ccert_access:
      return ">: Client certificate rejected: ";
    case Keyword::check_sasl_access:
      return ">: SASL login name rejected: ";
    default:
      return {};
  }
}

bool is_blocklist(Keyword keyword) {
  switch (keyword) {
    case Keyword::reject_rbl_client:
    case Keyword::reject_rhsbl_client:
    case Keyword::reject_rhsbl_reverse_client:
    case Keyword::reject_rhsbl_helo:
    case Keyword::reject_rhsbl_sender:
    case Keyword::reject_rhsbl_recipient:
      return true;
    default:
      return false;
  }
}

/// Does the value of an entry refuse with this text ("REJECT text", "554 5.7.1 text")?
bool refuses_with(std::string_view value, std::string_view text) {
  if (text == "Access denied" || text == "Service unavailable")
    return same_word(value.substr(0, 6), "reject") || same_word(value.substr(0, 5), "defer") ||
           value.find(text) != std::string_view::npos;
  return !text.empty() && value.find(text) != std::string_view::npos;
}

class Producers {
 public:
  Producers(const Server& server, std::string_view text) : server_(server), text_(text) {}

  std::vector<Decision> found;

  void list(const RestrictionList& list, std::size_t depth) {
    constexpr std::size_t deepest = 20;
    if (depth > deepest) return;
    for (std::size_t i = 0; i < list.words.size(); ++i) i = item(list, i, depth);
  }

 private:
  /// The index of its last word.
  std::size_t item(const RestrictionList& list, std::size_t i, std::size_t depth) {
    const Word& word = list.words[i];
    if (word.keyword == Keyword::other) {
      const RestrictionList* known = server_.restriction_class(word.text);
      if (known != nullptr && seen_.insert(known).second) this->list(*known, depth + 1);
      return i;
    }
    const bool argument = follows(word.keyword) != Follows::nothing && i + 1 < list.words.size();
    const std::size_t last = argument ? i + 1 : i;
    const std::string& name = argument ? list.words[last].text : word.text;
    if (is_blocklist(word.keyword))
      blocklist(list, i, last, name);
    else if (const auto words = access_class(word.keyword); !words.empty())
      table(list, i, last, words, name);
    else if (says(word.keyword))
      add(list, i, last);
    return last;
  }

  [[nodiscard]] bool says(Keyword keyword) const {
    return std::any_of(templates.begin(), templates.end(), [&](const Template& t) {
      return t.keyword == keyword && text_.find(t.words) != std::string_view::npos;
    });
  }

  void blocklist(const RestrictionList& list, std::size_t first, std::size_t last,
                 const std::string& domain) {
    const std::string zone = domain.substr(0, domain.find('='));
    if (text_.find("blocked using " + zone) != std::string_view::npos) add(list, first, last);
  }

  void table(const RestrictionList& list, std::size_t first, std::size_t last,
             std::string_view words, const std::string& name) {
    const std::size_t at = text_.find(words);
    if (at == std::string_view::npos) return;
    const std::string_view text = text_.substr(at + words.size());
    const Maps* maps = server_.access_table(name);
    if (maps == nullptr) return;
    for (const Table* each : maps->tables()) {
      bool any = false;
      const bool complete = each->each_entry([&](const TableEntry& entry) {
        if (!refuses_with(entry.value, text)) return true;
        any = true;
        TableHit hit{name, entry.span, std::string(entry.pattern), std::string(entry.value)};
        add(list, first, last, std::move(hit));
        return false;
      });
      if (!any && !complete) add(list, first, last);
    }
  }

  void add(const RestrictionList& list, std::size_t first, std::size_t last,
           std::optional<TableHit> hit = std::nullopt) {
    std::string restriction = list.words[first].text;
    if (last > first) restriction += ' ' + list.words[last].text;
    found.push_back({server_.name(), list.parameter, std::move(restriction),
                     list.place(first, last), origin_text(server_, list.parameter),
                     std::move(hit)});
  }

  const Server& server_;
  std::string_view text_;
  std::unordered_set<const RestrictionList*> seen_;  // classes
};

}  // namespace

std::string_view reply_text(std::string_view reply) {
  if (reply.size() > 4 && all_digits(reply.substr(0, 3))) reply.remove_prefix(4);
  const std::size_t status = dsn_length(reply);
  if (status != 0 && status < reply.size() && reply[status] == ' ') reply.remove_prefix(status + 1);
  return reply;
}

std::string origin_text(const Server& server, const std::string& parameter) {
  const model::Setting* setting = server.config().find(parameter);
  if (setting == nullptr) return {};
  switch (setting->origin().kind) {
    case model::Origin::Kind::main_cf:
      return "main.cf";
    case model::Origin::Kind::service_override:
      return "master.cf -o";
    case model::Origin::Kind::environment:
      return "environment";
    default:
      return "default " + database::branch_text(server.version());
  }
}

std::vector<Decision> reply_producers(const Server& server, std::string_view text) {
  Producers producers(server, text);
  for (const ListName name : {ListName::client, ListName::helo, ListName::sender})
    producers.list(server.list(name), 0);
  for (const RestrictionList* list : server.recipient_lists())
    if (list != nullptr) producers.list(*list, 0);
  for (const ListName name : {ListName::data, ListName::end_of_data})
    producers.list(server.list(name), 0);
  return std::move(producers.found);
}

}  // namespace postlint::smtpd
