#include <nlohmann/json.hpp>

#include "src/report/relay_report.hpp"
#include "src/report/smtpd_json.hpp"

namespace postlint::report {
namespace {

using Json = nlohmann::ordered_json;

/// Without the depth, which tells where in a trace the item stands.
Json reason_json(const smtpd::Step& step, const text::SourceStore& sources) {
  Json object = step_json(step, sources);
  object.erase("depth");
  return object;
}

Json witness_json(const smtpd::RelayWitness& witness, const text::SourceStore& sources) {
  Json object;
  object["request"] = request_json(witness.request);
  object["facts"] = facts_json(witness.dns);
  object["reply"] = witness.reply;
  Json& because = object["because"] = Json::array();
  for (const smtpd::Step& step : witness.because) because.push_back(reason_json(step, sources));
  object["destination"] = witness.destination;
  object["discarded"] = witness.discarded;
  object["assumes"] = witness.assumes;
  return object;
}

Json service_json(const smtpd::RelayAnalysis& analysis, const text::SourceStore& sources) {
  Json object;
  object["service"] = analysis.service;
  add_place(object, analysis.span, sources);
  object["verdict"] = smtpd::relay_verdict_name(analysis.verdict);
  object["why"] = text_or_null(analysis.why);
  object["why_at"] = Json::object();
  add_place(object["why_at"], analysis.why_span, sources);
  Json& witnesses = object["witnesses"] = Json::array();
  for (const auto& witness : analysis.witnesses)
    witnesses.push_back(witness_json(witness, sources));
  Json& destinations = object["destinations"] = Json::array();
  for (const auto& destination : analysis.destinations) {
    Json entry;
    entry["destination"] = destination.destination;
    add_place(entry, destination.entry ? destination.entry->span : destination.span, sources);
    entry["table"] = destination.entry ? Json(destination.entry->table) : Json(nullptr);
    destinations.push_back(std::move(entry));
  }
  Json& trusted = object["trusted"] = Json::array();
  for (const auto& party : analysis.trusted) {
    Json entry;
    entry["kind"] = smtpd::trusted_kind_name(party.kind);
    entry["value"] = party.value;
    entry["size"] = text_or_null(party.size);
    add_place(entry, party.span, sources);
    entry["table"] = text_or_null(party.table);
    entry["assumes"] = party.assumes;
    trusted.push_back(std::move(entry));
  }
  Json& matrix = object["matrix"] = Json::array();
  for (const auto& cell : analysis.matrix)
    matrix.push_back({{"client", smtpd::client_class_name(cell.client)},
                      {"destination", smtpd::destination_class_name(cell.destination)},
                      {"verdict", smtpd::verdict_name(cell.verdict)},
                      {"reply", text_or_null(cell.reply)},
                      {"request", request_json(cell.request)},
                      {"assumes", cell.assumes}});
  object["assumes"] = analysis.assumes;
  return object;
}

}  // namespace

std::string relay_json(const std::vector<smtpd::RelayAnalysis>& services,
                       const text::SourceStore& sources) {
  Json root;
  root["schema"] = "postlint.relay/1";
  Json& list = root["services"] = Json::array();
  for (const smtpd::RelayAnalysis& analysis : services)
    list.push_back(service_json(analysis, sources));
  return root.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace postlint::report
