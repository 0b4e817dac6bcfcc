#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "rules/servers.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/resolve.hpp"

namespace postlint::rules::delivery::domain_in_two_classes {

constexpr RuleInfo info{.id = "delivery/domain-in-two-classes",
                        .title = "a domain is in the lists of two address classes",
                        .severity = Severity::error};

using smtpd::MatchList;

/// The list of one class, in the order in which trivial-rewrite(8) asks.
struct DomainClass {
  std::string_view parameter;
  const MatchList* list = nullptr;  // null: empty
};

/// A domain that a list names, by itself or as the key of a table.
struct NamedDomain {
  std::string name;
  Span span;
};

bool is_domain(std::string_view text) {
  const bool name = std::all_of(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
  return name && text.find('.') != std::string_view::npos && text.front() != '.';
}

std::vector<NamedDomain> named_domains(const MatchList& list) {
  std::vector<NamedDomain> domains;
  for (const MatchList::Pattern& pattern : list.patterns()) {
    if (pattern.negated) continue;
    if (pattern.table == nullptr) {
      if (is_domain(pattern.text)) domains.push_back({pattern.text, pattern.span});
      continue;
    }
    pattern.table->each_entry([&](const smtpd::TableEntry& entry) {
      if (entry.kind == smtpd::TableEntry::Kind::exact && is_domain(entry.pattern)) {
        domains.push_back({std::string(entry.pattern), entry.span});
      }
      return true;
    });
  }
  return domains;
}

/// A domain that two lists name.
struct Shared {
  NamedDomain first;   // in the class that is asked first
  NamedDomain second;  // in the class that is never asked
};

std::vector<Shared> shared_domains(const DomainClass& first, const DomainClass& second) {
  std::unordered_map<std::string, NamedDomain> names;
  for (NamedDomain& domain : named_domains(*first.list)) {
    names.try_emplace(domain.name, domain);
  }
  std::vector<Shared> shared;
  std::unordered_set<std::string> done;
  for (NamedDomain& domain : named_domains(*second.list)) {
    const auto found = names.find(domain.name);
    if (found == names.end() || !done.insert(domain.name).second) continue;
    // An exclusion may stand in front.
    const bool both =
        first.list->match(domain.name).matched() && second.list->match(domain.name).matched();
    if (both) shared.push_back({found->second, domain});
  }
  return shared;
}

/// What becomes of the domain's mail.
std::string consequence(const DomainClass& first, const DomainClass& second,
                        const EffectiveConfig& config) {
  if (first.parameter == "mydestination") {
    const std::string recipients =
        config.set("local_recipient_maps")
            ? "its recipients are those of local_recipient_maps"
            : "a recipient that is no local user is answered 550 User unknown in local recipient "
              "table";
    return second.parameter == "virtual_alias_domains"
               ? recipients + ", unless virtual_alias_maps has it"
               : recipients;
  }
  if (first.parameter == "virtual_alias_domains") {
    return "a recipient without an entry in virtual_alias_maps is answered 550 User unknown in "
           "virtual alias table";
  }
  return "a recipient that is not in virtual_mailbox_maps is answered 550 User unknown in virtual "
         "mailbox table, and nothing is relayed";
}

/// Only an alias domain that is local as well can be what somebody wants.
bool may_work(const DomainClass& first, const DomainClass& second, const EffectiveConfig& config) {
  return first.parameter == "mydestination" &&
         (second.parameter == "virtual_alias_domains" || config.set("local_recipient_maps"));
}

void report(const DomainClass& first, const DomainClass& second, const std::vector<Shared>& shared,
            Sink& sink) {
  const EffectiveConfig& config = sink.workspace().config();
  const Shared& domain = shared.front();
  const bool in_file = domain.second.span.in_file();
  auto finding = sink.report(info).at(in_file ? domain.second.span : domain.first.span);
  finding
      .message(domain.second.name, " is in ", second.parameter, " and in ", first.parameter,
               ", which is asked first: ", consequence(first, second, config))
      .parameter(second.parameter)
      .item(domain.second.name);
  if (in_file) {
    finding.related(domain.first.span, "this puts it into " + std::string(first.parameter));
  }
  if (may_work(first, second, config)) finding.severity(Severity::warning);
  if (shared.size() > 1) {
    finding.note(std::to_string(shared.size()), " domains are in both lists");
  }
}

void check(const Workspace& workspace, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  const EffectiveConfig& config = workspace.config();
  const smtpd::Resolver resolver(tables, config);
  const DomainClass classes[] = {{"mydestination", &resolver.mydestination()},
                                 {"virtual_alias_domains", resolver.virtual_alias_domains()},
                                 {"virtual_mailbox_domains", resolver.virtual_mailbox_domains()},
                                 {"relay_domains", resolver.relay_domains()}};
  for (const DomainClass& first : classes) {
    for (const DomainClass& second : classes) {
      // mydestination and relay_domains may overlap: old defaults did.
      const bool tolerated =
          first.parameter == "mydestination" && second.parameter == "relay_domains";
      if (&first >= &second || tolerated || first.list == nullptr || second.list == nullptr)
        continue;
      const bool old_default =
          second.parameter == "relay_domains" && config.at("relay_domains").is_default();
      if (old_default) continue;
      const std::vector<Shared> shared = shared_domains(first, second);
      if (!shared.empty()) report(first, second, shared, sink);
    }
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::delivery::domain_in_two_classes
