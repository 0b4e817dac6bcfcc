#include <nlohmann/json.hpp>

#include "src/report/smtpd_json.hpp"
#include "src/report/why_report.hpp"

namespace postlint::report {
namespace {

using Json = nlohmann::ordered_json;

/// As `trace --requests` reads it.
Json request_json(const std::string& service, const smtpd::Request& request) {
  Json object;
  object["service"] = service;
  object["client"] = request.client;
  object["client_name"] = name_json(request.client_name);
  if (request.reverse_name.status != smtpd::PeerName::Status::not_told)
    object["reverse_name"] = name_json(request.reverse_name);
  object["helo"] = request.helo ? Json(*request.helo) : Json(nullptr);
  object["tls"] = request.tls ? Json("anonymous") : Json(nullptr);
  object["sasl"] = request.sasl ? Json(*request.sasl) : Json(nullptr);
  object["from"] = request.from;
  object["to"] = request.to;
  object["until"] = smtpd::stage_name(request.until);
  return object;
}

Json cause_json(const smtpd::ExplainedCause& explained, const text::SourceStore& sources) {
  const smtpd::Cause& cause = explained.cause;
  Json object;
  object["service"] = cause.service;
  object["reply"] = cause.reply;
  object["decided_by"] = decision_json(cause.decision, sources);
  object["why"] = cause.why;
  Json& passed = object["passed"] = Json::array();
  for (const smtpd::Step& step : cause.passed) {
    Json item{{"restriction", step.restriction}, {"why", step.why}};
    add_place(item, step.span, sources);
    passed.push_back(std::move(item));
  }
  object["assumes"] = cause.assumes;
  object["request"] = request_json(cause.service, cause.request);
  object["needs"] = explained.remedy.needs;
  Json& fixes = object["fixes"] = Json::array();
  for (const auto& fix : explained.remedy.fixes)
    fixes.push_back({{"what", fix.what}, {"risk", fix.risk}});
  object["never"] = explained.remedy.never.empty() ? Json(nullptr) : Json(explained.remedy.never);
  return object;
}

Json causes_json(const std::vector<smtpd::ExplainedCause>& causes,
                 const text::SourceStore& sources) {
  Json array = Json::array();
  for (const smtpd::ExplainedCause& cause : causes) array.push_back(cause_json(cause, sources));
  return array;
}

Json elsewhere_json(const std::optional<smtpd::Elsewhere>& elsewhere,
                    const text::SourceStore& sources) {
  if (!elsewhere) return nullptr;
  Json object{{"who", elsewhere->who},
              {"what", elsewhere->what},
              {"foreign", elsewhere->foreign},
              {"parameter", elsewhere->parameter}};
  add_place(object, elsewhere->span, sources);
  return object;
}

}  // namespace

std::string why_json(const std::vector<smtpd::RefusalGroup>& groups,
                     const text::SourceStore& sources) {
  Json root;
  root["schema"] = "postlint.why/1";
  Json& array = root["groups"] = Json::array();
  std::size_t refusals = 0;
  std::size_t explained = 0;
  for (const smtpd::RefusalGroup& group : groups) {
    refusals += group.lines.size();
    explained += group.explained() ? group.lines.size() : 0;
    Json object;
    object["count"] = group.lines.size();
    object["lines"] = group.lines;
    object["example"] = group.example;
    object["reply"] = group.reply;
    object["warning"] = group.warning;
    object["elsewhere"] = elsewhere_json(group.elsewhere, sources);
    object["causes"] = causes_json(group.causes, sources);
    object["alike"] = causes_json(group.alike, sources);
    object["possible"] = causes_json(group.possible, sources);
    array.push_back(std::move(object));
  }
  root["summary"] = {{"refusals", refusals}, {"groups", groups.size()}, {"explained", explained}};
  return root.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace postlint::report
