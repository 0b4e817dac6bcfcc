#include <nlohmann/json.hpp>

#include "src/engine/finding.hpp"
#include "src/report/diff_lines.hpp"
#include "src/report/diff_report.hpp"
#include "src/report/smtpd_json.hpp"

namespace postlint::report {

namespace {

using Json = nlohmann::ordered_json;
using model::Workspace;

Json origins_json(const Workspace& workspace, const model::Setting& setting) {
  Json list = Json::array();
  for (const model::Origin& origin : setting.origins) {
    Json json;
    switch (origin.kind) {
      case model::Origin::Kind::compiled_default:
        json["origin"] = "default " + branch_text(workspace.database().version());
        break;
      case model::Origin::Kind::main_cf:
        json["origin"] = "main.cf";
        break;
      case model::Origin::Kind::service_override:
        json["origin"] = "master.cf -o";
        break;
      case model::Origin::Kind::environment:
        json["origin"] = "environment";
        break;
    }
    add_place(json, origin.span, workspace.sources());
    json["value"] = std::string(origin.raw.text());
    list.push_back(std::move(json));
  }
  return list;
}

Json setting_json(const Workspace& workspace, const model::Setting* setting) {
  if (setting == nullptr) return nullptr;
  return {{"value", setting->text()}, {"origins", origins_json(workspace, *setting)}};
}

Json items_json(const std::optional<engine::ItemChanges>& items) {
  if (!items) return nullptr;
  Json moved = Json::array();
  for (const auto& move : items->moved)
    moved.push_back({{"item", move.item},
                     {"old_behind", text_or_null(move.behind_before)},
                     {"new_behind", text_or_null(move.behind_after)}});
  return {{"added", items->added}, {"removed", items->removed}, {"moved", std::move(moved)}};
}

Json service_place(const Workspace& workspace, const model::Service* service) {
  if (service == nullptr) return nullptr;
  Json json = Json::object();
  add_place(json, service->entry != nullptr ? service->entry->line.span() : text::Span{},
            workspace.sources());
  return json;
}

Json finding_json(const Workspace& workspace, const engine::FindingChange& change) {
  const engine::Finding& finding = *change.finding;
  Json json;
  json["rule"] = finding.rule->id;
  json["severity"] = engine::name_of(finding.severity);
  json["confidence"] = engine::name_of(finding.confidence);
  json["message"] = finding.message;
  add_place(json, finding.span, workspace.sources());
  json["service"] = text_or_null(finding.service);
  json["parameter"] = text_or_null(finding.parameter);
  json["fingerprint"] = change.fingerprint;
  return json;
}

Json findings_json(const Workspace& workspace, const std::vector<engine::FindingChange>& changes) {
  Json list = Json::array();
  for (const engine::FindingChange& change : changes)
    list.push_back(finding_json(workspace, change));
  return list;
}

template <class Class, class Name>
Json class_json(const std::optional<Class>& before, const std::optional<Class>& after,
                const Name& name) {
  const auto text = [&](const std::optional<Class>& c) { return c ? Json(name(*c)) : Json(); };
  return {{"old", text(before)}, {"new", text(after)}};
}

Json trace_side(const Workspace& workspace, const std::optional<smtpd::Trace>& trace) {
  if (!trace) return nullptr;
  Json json;
  json["verdict"] = smtpd::verdict_name(trace->verdict);
  json["stage"] = smtpd::stage_name(trace->stage);
  json["reply"] = text_or_null(trace->reply);
  json["decided_by"] = decision_json(trace->decided_by, workspace.sources());
  json["assumes"] = trace->assumes;
  return json;
}

Json access_json(const DiffReport& report, const smtpd::AccessChange& change) {
  Json json;
  json["service"] = change.service;
  json["direction"] = smtpd::direction_name(change.direction);
  json["client"] = class_json(change.client_before, change.client_after, smtpd::client_class_name);
  json["destination"] = class_json(change.destination_before, change.destination_after,
                                   smtpd::destination_class_name);
  json["request"] = request_json(change.request);
  json["facts"] = facts_json(change.dns);
  json["old"] = trace_side(report.before, change.before);
  json["new"] = trace_side(report.after, change.after);
  return json;
}

Json services_json(const DiffReport& report) {
  Json list = Json::array();
  for (const engine::ServiceChange& change : report.config.services) {
    Json fields = Json::array();
    for (const engine::FieldChange& field : change.fields)
      fields.push_back({{"field", field.field}, {"old", field.before}, {"new", field.after}});
    list.push_back({{"service", change.service},
                    {"old", service_place(report.before, change.before)},
                    {"new", service_place(report.after, change.after)},
                    {"fields", std::move(fields)}});
  }
  return list;
}

Json values_json(const DiffReport& report) {
  Json list = Json::array();
  for (const engine::ValueChange& change : report.config.values)
    list.push_back({{"parameter", change.parameter},
                    {"services", change.services},
                    {"everywhere", change.everywhere},
                    {"derived", change.derived},
                    {"old", setting_json(report.before, change.before)},
                    {"new", setting_json(report.after, change.after)},
                    {"items", items_json(change.items)}});
  return list;
}

Json verdict_json(const smtpd::VerdictChange& change) {
  return {{"service", change.service},
          {"direction", smtpd::direction_name(change.direction)},
          {"old", change.before ? Json(smtpd::relay_verdict_name(*change.before)) : Json()},
          {"new", change.after ? Json(smtpd::relay_verdict_name(*change.after)) : Json()}};
}

}  // namespace

std::string diff_json(const DiffReport& report) {
  Json verdicts = Json::array();
  Json access = Json::array();
  for (const smtpd::AccessDiff& diff : report.access) {
    for (const auto& change : diff.verdicts) verdicts.push_back(verdict_json(change));
    for (const auto& change : diff.changes) access.push_back(access_json(report, change));
  }
  const Json root = {{"schema", "postlint.diff/1"},
                     {"old", report.before_name},
                     {"new", report.after_name},
                     {"postfix", branch_text(report.after.database().version())},
                     {"wider", report.any(smtpd::Direction::wider)},
                     {"narrower", report.any(smtpd::Direction::narrower)},
                     {"verdicts", std::move(verdicts)},
                     {"access", std::move(access)},
                     {"services", services_json(report)},
                     {"values", values_json(report)},
                     {"findings",
                      {{"appeared", findings_json(report.after, report.appeared)},
                       {"gone", findings_json(report.before, report.gone)}}}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace postlint::report
