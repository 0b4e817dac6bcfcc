#include <unordered_set>

#include "grammar/restriction_list.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::tables::proxy_not_authorized {

constexpr RuleInfo info{.id = "tables/proxy-not-authorized",
                        .title = "proxymap is not allowed to open a table that is asked through it",
                        .severity = Severity::error};

constexpr std::string_view prefix = "proxy:";

/// What the proxymap service sees: main.cf, and the -o of its entry.
const EffectiveConfig& config_of_proxymap(const Workspace& workspace) {
  for (const Service& service : workspace.services()) {
    if (service.entry != nullptr && service.entry->field(model::Field::service) == "proxymap") {
      return *service.config;
    }
  }
  return workspace.config();
}

/// proxymap.c: the words of proxy_read_maps with a proxy: in front, without it.
std::unordered_set<std::string_view> approved(std::string_view value) {
  std::unordered_set<std::string_view> names;
  for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
    const std::string_view text = value.substr(word.range.lo, word.range.size());
    if (text.starts_with(prefix)) names.insert(text.substr(prefix.size()));
  }
  return names;
}

void check(const Workspace& workspace, Sink& sink) {
  const Setting& list = config_of_proxymap(workspace).at("proxy_read_maps");
  if (list.status != model::ExpansionStatus::ok) return;
  const auto names = approved(list.text());
  for (const TableReference& table : table_references(sink)) {
    const std::string_view text = table.place.text();
    if (!text.starts_with(prefix) || names.contains(text.substr(prefix.size()))) continue;
    const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
    auto finding = sink.report(info).at(table.place);
    finding
        .message(text,
                 " is not in proxy_read_maps: the program that opens it dies with \"proxymap "
                 "service is not configured for table\"")
        .parameter(owner.empty() ? table.parameter : owner)
        .item(text)
        .origin(list);
    if (table.service != nullptr) finding.service(*table.service);
    if (list.is_default() || list.origin().kind != model::Origin::Kind::main_cf) continue;
    finding.related(list.origin().span, "the list of what proxymap may open")
        .fix(Fix::safe("add it to proxy_read_maps")
                 .insert_after(list.raw.span(), " " + std::string(text)));
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::proxy_not_authorized
