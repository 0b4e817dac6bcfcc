#include "src/smtpd/access_sources.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

#include "grammar/restriction_list.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

void add_once(std::vector<const Maps*>& list, const Maps* maps) {
  if (maps != nullptr && std::find(list.begin(), list.end(), maps) == list.end())
    list.push_back(maps);
}

/// Finds which words look at what, in the lists, the classes, and the lists that stand in tables.
class SourceScan {
 public:
  explicit SourceScan(const Server& server) : server_(server) {}

  Sources run(std::span<const ListName> lists) {
    for (const ListName name : lists) {
      scan(server_.list(name).words, standard_check(name));
      if (name == ListName::helo) sources_.helo = !server_.list(name).words.empty();
      if (name == ListName::sender) sources_.sender = !server_.list(name).words.empty();
    }
    scan_classes();
    const Parameters& p = server_.parameters();
    sources_.helo = sources_.helo || p.helo_required;
    sources_.sender = sources_.sender || p.reject_unlisted_sender;
    for (const Word& zone : split_restrictions(p.maps_rbl_domains))
      sources_.zones.push_back(zone.text);
    return std::move(sources_);
  }

 private:
  void scan_classes() {
    const std::string_view classes = server_.config().text("smtpd_restriction_classes");
    for (const text::Range range : grammar::parse_plain_list(classes)) {
      const RestrictionList* list =
          server_.restriction_class(classes.substr(range.lo, range.size()));
      if (list == nullptr) continue;
      for (const Keyword standard : {Keyword::check_client_access, Keyword::check_helo_access,
                                     Keyword::check_sender_access, Keyword::check_recipient_access})
        scan(list->words, standard);
    }
  }

  void scan(const std::vector<Word>& words, Keyword standard) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      Keyword keyword = words[i].keyword;
      const bool bare = words[i].text.find(':') != npos;
      if (bare) keyword = standard;
      note(keyword);
      if (bare) {
        take_table(keyword, words[i].text);
        continue;
      }
      if (follows(keyword) == Follows::nothing || i + 1 == words.size()) continue;
      ++i;
      if (follows(keyword) == Follows::table) take_table(keyword, words[i].text);
      if (follows(keyword) == Follows::domain)
        sources_.zones.push_back(words[i].text.substr(0, words[i].text.find('=')));
    }
  }

  void note(Keyword k) {
    if (k >= Keyword::check_helo_access && k <= Keyword::reject_rhsbl_helo) sources_.helo = true;
    if (k >= Keyword::check_sender_access && k <= Keyword::reject_unlisted_sender)
      sources_.sender = true;
    switch (k) {
      case Keyword::permit_tls_clientcerts:
      case Keyword::permit_tls_all_clientcerts:
      case Keyword::check_ccert_access:
      case Keyword::reject_plaintext_session:
        sources_.tls = true;
        break;
      case Keyword::permit_mx_backup:
        sources_.backup = true;
        break;
      case Keyword::reject_multi_recipient_bounce:
      case Keyword::reject_unlisted_recipient:
      case Keyword::reject_unverified_recipient:
        sources_.sender = true;
        break;
      case Keyword::reject_unknown_reverse_client_hostname:
      case Keyword::reject_rhsbl_reverse_client:
      case Keyword::check_reverse_client_hostname_access:
      case Keyword::check_reverse_client_hostname_ns_access:
      case Keyword::check_reverse_client_hostname_mx_access:
      case Keyword::check_reverse_client_hostname_a_access:
        sources_.reverse = true;
        break;
      default:
        break;
    }
  }

  void take_table(Keyword keyword, const std::string& word) {
    const TableArgument* argument = server_.table_argument(word);
    const Maps* maps = argument != nullptr ? server_.access_table(argument->type_name) : nullptr;
    if (maps == nullptr) return;
    if (keyword == Keyword::check_client_access) add_once(sources_.clients, maps);
    if (keyword == Keyword::check_reverse_client_hostname_access) add_once(sources_.reverses, maps);
    if (keyword == Keyword::check_helo_access) add_once(sources_.helos, maps);
    if (keyword == Keyword::check_sender_access) add_once(sources_.senders, maps);
    if (keyword == Keyword::check_recipient_access) add_once(sources_.recipients, maps);
    if (keyword_name(keyword).ends_with("_mx_access") ||
        keyword_name(keyword).ends_with("_ns_access") ||
        keyword_name(keyword).ends_with("_a_access"))
      add_once(sources_.exchangers, maps);
    scan_values(*maps);
  }

  /// Table results may be lists of keywords.
  void scan_values(const Maps& maps) {
    for (const Table* table : maps.tables()) {
      table->each_pattern([&](const TableEntry& entry) {
        if (entry.value.empty() || !values_.emplace(entry.value).second) return;
        const std::vector<Word> words = split_restrictions(entry.value);
        if (words.empty() || words.front().keyword == Keyword::other) return;
        if (words.size() < 50) scan(words, Keyword::other);
      });
    }
  }

  const Server& server_;
  Sources sources_;
  std::unordered_set<std::string> values_;
};

}  // namespace

Sources find_sources(const Server& server) {
  constexpr std::array lists{ListName::client,     ListName::helo,      ListName::sender,
                             ListName::relay,      ListName::recipient, ListName::data,
                             ListName::end_of_data};
  return SourceScan(server).run(lists);
}

Sources find_sources(const Server& server, ListName list) {
  return SourceScan(server).run({&list, 1});
}

bool never_permits(std::string_view value) {
  const std::string_view word = value.substr(0, value.find_first_of(" \t"));
  constexpr std::array<std::string_view, 13> harmless{
      "REJECT",   "DEFER", "HANGUP",  "DUNNO",           "WARN",           "INFO", "HOLD", "FILTER",
      "REDIRECT", "BCC",   "PREPEND", "DEFER_IF_PERMIT", "DEFER_IF_REJECT"};
  for (const std::string_view name : harmless)
    if (same_word(word, name)) return true;
  return word.size() == 3 && value.size() > 3 && (word[0] == '4' || word[0] == '5') &&
         all_digits(word);
}

}  // namespace postlint::smtpd
