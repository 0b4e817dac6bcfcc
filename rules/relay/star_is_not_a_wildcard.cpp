#include <array>

#include "grammar/match_list.hpp"
#include "src/engine/places.hpp"
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

void check(const Assignment& assignment, Sink& sink) {
  const auto entry = std::find_if(known.begin(), known.end(),
                                  [&](const Known& each) { return each.name == assignment.name; });
  if (entry == known.end()) return;
  const Setting& setting = assignment.setting();
  for (const grammar::MatchItem& item : grammar::parse_match_list(setting.text()).items) {
    using Kind = grammar::MatchItem::Kind;
    if (item.kind != Kind::literal && item.kind != Kind::network) continue;
    const MappedView word = setting.view().sub(item.pattern);
    const bool star = word.text().find('*') != std::string_view::npos;
    if (!star && !stands_for_all(word.text())) continue;
    const std::string_view name = assigned_name(sink.workspace(), word.span());
    sink.report(info)
        .at(word)
        .message(word.text(), " is taken literally: it matches nothing")
        .parameter(name.empty() ? assignment.name : name)
        .note(advice(entry->list, word.text()));
  }
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::relay::star_is_not_a_wildcard
