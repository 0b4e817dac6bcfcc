#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/registrable_domain.hpp"
#include "src/smtpd/resolve.hpp"

namespace postlint::rules::relay::wildcard_relay_domains {

constexpr RuleInfo info{.id = "relay/wildcard-relay-domains",
                        .title = "a list of domains takes in every domain, or a top-level domain",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

using smtpd::AddressClass;
using smtpd::MatchList;
using smtpd::MatchOutcome;

/// Domains below which anybody can register. A pattern that has an unheard-of name below each of
/// them has every name.
constexpr std::array<std::string_view, 12> usual{"com", "net", "org", "info", "edu",   "gov",
                                                 "de",  "fr",  "uk",  "cn",   "co.uk", "com.br"};

/// The list of one class of addresses.
struct DomainClass {
  AddressClass address_class = AddressClass::relay;
  const MatchList* list = nullptr;  // null: empty
};

/// A pattern that takes in strangers' domains.
struct Wildcard {
  MatchOutcome first;                 // how the first of them matched
  std::vector<std::string> suffixes;  // below which it has every name

  [[nodiscard]] bool has(std::string_view suffix) const {
    return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
  }
};

std::string domains_of(const Wildcard& wildcard) {
  if (std::all_of(usual.begin(), usual.end(), [&](auto suffix) { return wildcard.has(suffix); }))
    return "every domain";
  constexpr std::size_t most = 3;
  std::string text = "every domain below " + wildcard.suffixes.front();
  for (std::size_t at = 1; at < std::min(most, wildcard.suffixes.size()); ++at)
    text += ", " + wildcard.suffixes[at];
  return wildcard.suffixes.size() > most ? text + ", ..." : text;
}

/// The public suffixes that the list names, by itself or in a table.
std::vector<std::string> named_suffixes(const MatchList& list) {
  std::vector<std::string> suffixes;
  const auto add = [&](std::string_view name) {
    if (name.starts_with('.')) name.remove_prefix(1);
    if (smtpd::is_public_suffix(name)) suffixes.emplace_back(name);
  };
  for (const MatchList::Pattern& pattern : list.patterns()) {
    if (pattern.table == nullptr) {
      add(pattern.text);
      continue;
    }
    pattern.table->each_entry([&](const smtpd::TableEntry& entry) {
      if (entry.kind == smtpd::TableEntry::Kind::exact) add(entry.pattern);
      return true;
    });
  }
  return suffixes;
}

/// The other lists know no parent domains.
std::vector<std::string> suffixes_to_try(const DomainClass& domains) {
  std::vector<std::string> suffixes(usual.begin(), usual.end());
  if (domains.address_class == AddressClass::relay) {
    std::vector<std::string> named = named_suffixes(*domains.list);
    suffixes.insert(suffixes.end(), named.begin(), named.end());
  }
  return suffixes;
}

/// Asks for a name below each suffix that nobody has put into a list on purpose.
std::vector<Wildcard> find_wildcards(const DomainClass& domains) {
  std::vector<Wildcard> wildcards;
  for (const std::string& suffix : suffixes_to_try(domains)) {
    const MatchOutcome outcome = domains.list->match("nobody-7q3x5." + suffix);
    if (!outcome.matched()) continue;
    auto known = std::find_if(wildcards.begin(), wildcards.end(), [&](const Wildcard& each) {
      return each.first.span == outcome.span && each.first.pattern == outcome.pattern;
    });
    if (known == wildcards.end()) known = wildcards.insert(known, {outcome, {}});
    if (!known->has(suffix)) known->suffixes.push_back(suffix);
  }
  return wildcards;
}

/// Only recipients that a table names are accepted.
bool knows_recipients(const EffectiveConfig& config) {
  return !config.text("relay_recipient_maps").empty();
}

std::string consequence(AddressClass address_class, const EffectiveConfig& config) {
  const std::string all = ": mail for other hosts, of this host's users too, ";
  switch (address_class) {
    case AddressClass::local:
      return "local" + all + "is delivered or refused here";
    case AddressClass::virtual_alias:
      return "a virtual alias domain" + all + "goes where virtual_alias_maps says, or is refused";
    case AddressClass::virtual_mailbox:
      return "a virtual mailbox domain" + all + "goes to virtual_transport, or is refused";
    default:
      return knows_recipients(config)
                 ? "a relay domain: everybody may send mail to the recipients in "
                   "relay_recipient_maps, and nobody to others"
                 : "a relay domain: strangers may send mail to it through this host";
  }
}

void report(const Wildcard& wildcard, const DomainClass& domains, const EffectiveConfig& config,
            Sink& sink) {
  const MatchOutcome& match = wildcard.first;
  const std::string_view name = assigned_name(sink.workspace(), match.span);
  auto finding = sink.report(info).at(match.span);
  finding
      .message(match.pattern, " makes ", domains_of(wildcard), " ",
               consequence(domains.address_class, config))
      .origin(config.at(domains.list->name()))
      .parameter(name.empty() ? std::string_view(domains.list->name()) : name)
      .item(match.pattern);
  const Span entry = match.entry.span;
  if (match.entry.found() && (entry.file != match.span.file || entry.lo >= match.span.hi))
    finding.related(entry, "this entry");
  // To catch all mail of a network that is made for tests is what some want.
  if (domains.address_class != AddressClass::relay || knows_recipients(config))
    finding.severity(Severity::warning).confidence(Confidence::likely);
}

void check(const Workspace& workspace, Sink& sink) {
  const auto& services = workspace.services();
  const bool open = std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return serves_strangers(service, sink.lists(service));
  });
  if (!open) return;
  const model::EffectiveConfig& config = smtpd::rewrite_config(workspace);
  const smtpd::Resolver& resolver = *resolver_of(sink);
  for (const DomainClass& domains :
       {DomainClass{AddressClass::local, &resolver.mydestination()},
        DomainClass{AddressClass::virtual_alias, resolver.virtual_alias_domains()},
        DomainClass{AddressClass::virtual_mailbox, resolver.virtual_mailbox_domains()},
        DomainClass{AddressClass::relay, resolver.relay_domains()}}) {
    if (domains.list == nullptr) continue;
    for (const Wildcard& wildcard : find_wildcards(domains))
      report(wildcard, domains, config, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::relay::wildcard_relay_domains
