#include <algorithm>
#include <array>

#include "grammar/match_list.hpp"
#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::star_is_not_a_wildcard {

constexpr RuleInfo info{.id = "relay/star-is-not-a-wildcard",
                        .title = "a pattern list knows no wildcards",
                        .severity = Severity::error};

/// Lists of addresses, and lists of domains with and without their sub-domains.
enum class List : std::uint8_t { addresses, parents, exact };
struct Known {
  std::string_view name;
  List list;
};
constexpr std::array<Known, 8> known{{{"mynetworks", List::addresses},
                                      {"relay_domains", List::parents},
                                      {"mydestination", List::exact},
                                      {"virtual_alias_domains", List::exact},
                                      {"virtual_mailbox_domains", List::exact},
                                      {"permit_mx_backup_networks", List::addresses},
                                      {"smtpd_authorized_xclient_hosts", List::addresses},
                                      {"smtpd_authorized_xforward_hosts", List::addresses}}};

bool stands_for_all(std::string_view word) {
  constexpr std::array<std::string_view, 8> words{"*",   "ALL", "all", "All",
                                                  "any", "ANY", "Any", "."};
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_meant_as_wildcard(std::string_view word) {
  return word.find('*') != std::string_view::npos || stands_for_all(word);
}

/// What to write for "*.example.com" or "192.168.*".
std::string advice(List list, std::string_view word) {
  if (list == List::addresses) return "write a network as address/length, e.g. 192.0.2.0/24";
  if (stands_for_all(word)) {
    return list == List::parents ? "name the domains; who may relay to all others is decided by "
                                   "smtpd_relay_restrictions and mynetworks"
                                 : "name the domains";
  }
  if (list == List::parents && word.starts_with("*.")) {
    return std::string(word.substr(2)) + " matches its sub-domains, too";
  }
  return "name each domain, or use a pcre: table";
}

/// No mail is refused for a word in relay_domains where no list asks whether the destination is one
/// of them.
bool is_asked(const Assignment& assignment, Sink& sink) {
  if (assignment.name != "relay_domains") return true;
  const auto& services = sink.workspace().services();
  return std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return service.is_smtpd() &&
           may_ask(sink.lists(service),
                   {"reject_unauth_destination", "defer_unauth_destination",
                    "permit_auth_destination", "permit_mx_backup", "check_relay_domains"});
  });
}

FindingBuilder& describe(FindingBuilder& finding, const Assignment& assignment,
                         std::string_view word, List list, Sink& sink) {
  if (is_asked(assignment, sink)) {
    finding.message(word, " is taken literally: it matches nothing");
  } else {
    finding.message(word, " is taken literally: it matches nothing; no restriction list asks for ",
                    assignment.name);
    finding.severity(Severity::info);
  }
  return finding.item(word).note(advice(list, word));
}

void report(const Assignment& assignment, const MappedView& word, List list, Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), word.span());
  auto finding = sink.report(info).at(word);
  describe(finding, assignment, word.text(), list, sink)
      .parameter(name.empty() ? assignment.name : name);
}

using Pattern = smtpd::MatchList::Pattern;

/// One finding a file, at the first of them.
void report_file(const std::vector<const Pattern*>& wildcards, const Assignment& assignment,
                 List list, Sink& sink) {
  constexpr std::size_t most = 20;
  const Pattern& first = *wildcards.front();
  auto finding = sink.report(info).at(first.span);
  describe(finding, assignment, first.written, list, sink).parameter(assignment.name);
  std::vector<Span> places;
  for (const Pattern* each : wildcards) places.push_back(each->span);
  for (std::size_t i = 1; i < std::min(places.size(), most); ++i) {
    finding.related(places[i], "matches nothing either");
  }
  finding.related(first.include, "the file is included here");
  if (places.size() == 1) return;
  finding.note(std::to_string(places.size()), " patterns of the file are of this kind, in lines ",
               line_numbers(sink.workspace(), places));
}

/// The lines of files that the list includes.
void check_files(const Assignment& assignment, List list, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::MatchList words = smtpd::client_list(tables, *assignment.config, assignment.name);
  for (const auto& [file, patterns] : words.included_patterns()) {
    std::vector<const Pattern*> wildcards;
    std::copy_if(patterns.begin(), patterns.end(), std::back_inserter(wildcards),
                 [](const Pattern* each) {
                   return each->table == nullptr && !each->unreadable_file && !each->file_unknown &&
                          is_meant_as_wildcard(each->written);
                 });
    if (!wildcards.empty()) report_file(wildcards, assignment, list, sink);
  }
}

void check(const Assignment& assignment, Sink& sink) {
  using Kind = grammar::MatchItem::Kind;
  const auto entry = std::find_if(known.begin(), known.end(),
                                  [&](const Known& each) { return each.name == assignment.name; });
  if (entry == known.end()) return;
  const Setting& setting = assignment.setting();
  bool includes = false;
  for (const grammar::MatchItem& item : grammar::parse_match_list(setting.text()).items) {
    includes = includes || item.kind == Kind::file;
    if (item.kind != Kind::literal && item.kind != Kind::network) continue;
    const MappedView word = setting.view().sub(item.pattern);
    if (is_meant_as_wildcard(word.text())) report(assignment, word, entry->list, sink);
  }
  if (includes) check_files(assignment, entry->list, sink);
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::relay::star_is_not_a_wildcard
