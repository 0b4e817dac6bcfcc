#include "src/smtpd/request.hpp"

#include <array>

#include "src/smtpd/trace.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::array<std::string_view, stage_count> stage_names{
    "connect", "helo", "starttls", "auth", "mail", "rcpt", "data", "eod"};
constexpr std::array<std::string_view, 5> verdict_names{"accept", "reject", "defer", "depends",
                                                        "fatal"};
constexpr std::array<std::string_view, 6> result_names{"permit", "reject", "defer",
                                                       "dunno",  "warn",   "error"};

}  // namespace

std::string_view stage_name(Stage stage) { return stage_names[static_cast<std::size_t>(stage)]; }

std::optional<Stage> parse_stage(std::string_view name) {
  for (std::size_t i = 0; i < stage_names.size(); ++i)
    if (stage_names[i] == name) return static_cast<Stage>(i);
  return std::nullopt;
}

std::string_view verdict_name(Verdict verdict) {
  return verdict_names[static_cast<std::size_t>(verdict)];
}

std::string_view result_name(Step::Result result) {
  return result_names[static_cast<std::size_t>(result)];
}

std::vector<std::pair<std::string, std::string>> request_keys(const Request& request) {
  std::vector<std::pair<std::string, std::string>> keys{{"service", request.service},
                                                        {"client", request.client}};
  if (request.client_name.status == PeerName::Status::known)
    keys.emplace_back("client_name", request.client_name.name);
  if (request.helo) keys.emplace_back("helo", *request.helo);
  if (request.tls)
    keys.emplace_back("tls",
                      request.tls->fingerprint.empty() ? "anonymous" : request.tls->fingerprint);
  if (request.sasl) keys.emplace_back("sasl", *request.sasl);
  keys.emplace_back("from", request.from);
  for (const std::string& to : request.to) keys.emplace_back("to", to);
  return keys;
}

}  // namespace postlint::smtpd
