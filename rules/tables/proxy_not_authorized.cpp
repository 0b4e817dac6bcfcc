#include <algorithm>
#include <string>

#include "grammar/restriction_list.hpp"
#include "src/engine/failing_lookup.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/table_references.hpp"
#include "src/smtpd/proxied_tables.hpp"

namespace postlint::rules::tables::proxy_not_authorized {

constexpr RuleInfo info{.id = "tables/proxy-not-authorized",
                        .title = "proxymap is not allowed to open a table that is asked through it",
                        .severity = Severity::error};

constexpr std::string_view prefix = "proxy:";

/// `failing`: what failing lookups in the table mean for mail.
std::string effect(std::string_view programs, std::string_view failing, Sink& sink) {
  constexpr std::string_view log = "\"proxymap service is not configured for table\"";
  if (sink.at_least(3, 11)) {
    return "every lookup in it fails with " + std::string(log) + ", and " + std::string(failing);
  }
  return std::string(programs) + " with " + std::string(log);
}

void add_fix(FindingBuilder& finding, const Setting& list, std::string_view table) {
  if (list.is_default() || list.origin().kind != model::Origin::Kind::main_cf) return;
  finding.related(list.origin().span, "the list of what proxymap may open")
      .fix(Fix::safe("add it to proxy_read_maps")
               .insert_after(list.raw.span(), " " + std::string(table)));
}

/// The list that lacks the table; null where proxymap cannot read it: it dies of something else.
const Setting* list_lacking(std::string_view table, smtpd::ProxiedTables& allowed, Sink& sink) {
  if (!table.starts_with(prefix) || allowed.allow(table.substr(prefix.size()))) return nullptr;
  const auto& config = smtpd::config_of_service(sink.workspace(), "proxymap");
  const Setting& list = config.at("proxy_read_maps");
  return list.status == model::ExpansionStatus::ok ? &list : nullptr;
}

void report(const TableReference& table, const Setting& list, Sink& sink) {
  const std::string_view text = table.place.text();
  const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
  auto finding = sink.report(info).at(table.place);
  finding
      .message(text, " is not in proxy_read_maps: ",
               effect("the program that opens it dies", failing_lookup(table), sink))
      .parameter(owner.empty() ? table.parameter : owner)
      .item(text)
      .origin(list);
  if (table.service != nullptr) finding.service(*table.service);
  add_fix(finding, list, text);
}

bool runs_smtpd_with_default(const Workspace& workspace, std::string_view parameter) {
  const auto& services = workspace.services();
  return std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return program_of(service) == "smtpd" && service.config->at(parameter).is_default();
  });
}

/// The one default that asks proxymap: smtpd(8) opens its tables at start.
void check_default(smtpd::ProxiedTables& allowed, Sink& sink) {
  constexpr std::string_view name = "local_recipient_maps";
  const database::Parameter* parameter = sink.database().parameter(name);
  if (parameter == nullptr) return;
  const std::string_view value = parameter->default_value;
  for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
    const std::string_view text = value.substr(word.range.lo, word.range.size());
    const Setting* list = list_lacking(text, allowed, sink);
    if (list == nullptr || list->is_default()) continue;
    if (!runs_smtpd_with_default(sink.workspace(), name)) return;
    auto finding = sink.report(info).at(list->origin().span);
    finding
        .message("proxy_read_maps lacks ", text, ", which ", name, " has by default: ",
                 effect("smtpd dies", "mail for local recipients is answered 451", sink))
        .parameter("proxy_read_maps")
        .item(text);
    if (list->origin().kind != model::Origin::Kind::main_cf) continue;
    finding.fix(Fix::safe("add $local_recipient_maps")
                    .insert_after(list->raw.span(), " $local_recipient_maps"));
  }
}

void check(const Workspace& workspace, Sink& sink) {
  smtpd::ProxiedTables allowed(workspace);
  for (const TableReference& table : table_references(sink)) {
    const Setting* list = list_lacking(table.place.text(), allowed, sink);
    if (list != nullptr) report(table, *list, sink);
  }
  check_default(allowed, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::proxy_not_authorized
