#include "src/report/smtpd_json.hpp"

namespace postlint::report {
namespace {

using Json = nlohmann::ordered_json;
using smtpd::PeerName;

Json answer_json(const smtpd::DnsAnswer& answer) {
  if (answer.kind == smtpd::DnsAnswer::Kind::tempfail) return "tempfail";
  return answer.kind == smtpd::DnsAnswer::Kind::records ? Json(answer.records) : Json::array();
}

}  // namespace

void add_place(Json& object, text::Span span, const text::SourceStore& sources) {
  if (!span.in_file()) {
    object["file"] = nullptr;
    object["line"] = nullptr;
    object["column"] = nullptr;
    return;
  }
  const text::SourceFile& file = sources[span.file];
  const text::LineColumn at = file.line_column(span.lo);
  object["file"] = file.path();
  object["line"] = at.line;
  object["column"] = at.column;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json table_json(const std::optional<smtpd::TableHit>& hit, const text::SourceStore& sources) {
  if (!hit) return nullptr;
  Json table;
  table["table"] = hit->table;
  add_place(table, hit->span, sources);
  table["key"] = hit->key;
  table["result"] = hit->result;
  return table;
}

Json decision_json(const std::optional<smtpd::Decision>& decision,
                   const text::SourceStore& sources) {
  if (!decision) return nullptr;
  Json object;
  object["service"] = decision->service;
  object["list"] = decision->list;
  object["restriction"] = decision->restriction;
  add_place(object, decision->span, sources);
  object["origin"] = decision->origin;
  object["table"] = table_json(decision->table, sources);
  return object;
}

Json step_json(const smtpd::Step& step, const text::SourceStore& sources) {
  Json object;
  object["stage"] = smtpd::stage_name(step.stage);
  object["depth"] = step.depth;
  object["list"] = step.list;
  object["restriction"] = step.restriction;
  object["result"] = smtpd::result_name(step.result);
  object["why"] = step.why;
  add_place(object, step.span, sources);
  object["table"] = table_json(step.table, sources);
  return object;
}

Json name_json(const PeerName& name) {
  if (name.status == PeerName::Status::known) return name.name;
  if (name.status == PeerName::Status::tempfail) return {{"tempfail", true}};
  return nullptr;
}

Json request_json(const smtpd::Request& request) {
  Json object;
  object["service"] = request.service;
  object["client"] = request.client;
  if (request.client_name.status != PeerName::Status::not_told)
    object["client_name"] = name_json(request.client_name);
  if (request.reverse_name.status != PeerName::Status::not_told)
    object["reverse_name"] = name_json(request.reverse_name);
  object["helo"] = request.helo ? Json(*request.helo) : Json(nullptr);
  if (!request.tls)
    object["tls"] = nullptr;
  else if (request.tls->fingerprint.empty())
    object["tls"] = "anonymous";
  else
    object["tls"] = {{"fingerprint", request.tls->fingerprint}, {"trusted", request.tls->trusted}};
  object["sasl"] = request.sasl ? Json(*request.sasl) : Json(nullptr);
  object["from"] = request.from;
  if (request.to.size() == 1)
    object["to"] = request.to.front();
  else
    object["to"] = request.to;
  if (request.until != smtpd::Stage::rcpt) object["until"] = smtpd::stage_name(request.until);
  return object;
}

Json facts_json(const smtpd::DnsFacts& dns) {
  if (dns.names.empty()) return nullptr;
  Json names = Json::object();
  for (const auto& [name, types] : dns.names) {
    Json& object = names[name] = Json::object();
    for (const auto& [type, answer] : types) object[type] = answer_json(answer);
  }
  return {{"dns", std::move(names)}};
}

}  // namespace postlint::report
