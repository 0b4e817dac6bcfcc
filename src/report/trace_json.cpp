#include <nlohmann/json.hpp>

#include "src/report/smtpd_json.hpp"
#include "src/report/trace_report.hpp"

namespace postlint::report {
namespace {

using Json = nlohmann::ordered_json;
using smtpd::Stage;

}  // namespace

std::string trace_json(const smtpd::Trace& trace, const text::SourceStore& sources) {
  Json root;
  root["schema"] = "postlint.trace/1";
  root["verdict"] = smtpd::verdict_name(trace.verdict);
  root["stage"] = smtpd::stage_name(trace.stage);
  root["reply"] = text_or_null(trace.reply);
  Json& replies = root["replies"] = Json::object();
  for (std::size_t i = 0; i < smtpd::stage_count; ++i)
    replies[std::string(smtpd::stage_name(static_cast<Stage>(i)))] =
        trace.replies[i] ? Json(*trace.replies[i]) : Json(nullptr);
  Json& recipients = root["recipients"] = Json::array();
  for (const smtpd::RecipientTrace& recipient : trace.recipients)
    recipients.push_back({{"to", recipient.to},
                          {"verdict", smtpd::verdict_name(recipient.verdict)},
                          {"reply", text_or_null(recipient.reply)},
                          {"decided_by", decision_json(recipient.decided_by, sources)}});
  root["decided_by"] = decision_json(trace.decided_by, sources);
  Json& steps = root["steps"] = Json::array();
  for (const smtpd::Step& step : trace.steps) steps.push_back(step_json(step, sources));
  root["assumes"] = trace.assumes;
  Json& outcomes = root["outcomes"] = Json::array();
  for (const smtpd::Outcome& outcome : trace.outcomes)
    outcomes.push_back({{"verdict", smtpd::verdict_name(outcome.verdict)},
                        {"stage", smtpd::stage_name(outcome.stage)},
                        {"reply", text_or_null(outcome.reply)},
                        {"assumes", outcome.assumes}});
  root["fatal"] = text_or_null(trace.fatal);
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string trace_error_json(const std::string& message) {
  Json root;
  root["schema"] = "postlint.trace/1";
  root["error"] = message;
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace postlint::report
