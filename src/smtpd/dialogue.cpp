#include "src/smtpd/dialogue.hpp"

namespace postlint::smtpd {

std::string command_text(const Request& request, Stage stage) {
  switch (stage) {
    case Stage::connect:
      return "connect from " + request.client;
    case Stage::helo:
      return "EHLO " + request.helo.value_or(std::string());
    case Stage::starttls:
      return "STARTTLS";
    case Stage::auth:
      return "AUTH " + request.sasl_method + " (" + request.sasl.value_or(std::string()) + ')';
    case Stage::mail:
      return "MAIL FROM:<" + request.from + '>';
    case Stage::data:
      return "DATA";
    default:
      return "end of data";
  }
}

std::string recipient_command(const std::string& to) {
  return to.starts_with('<') ? "RCPT TO:" + to : "RCPT TO:<" + to + '>';
}

std::vector<Exchange> dialogue_of(const Request& request, const Trace& trace) {
  std::vector<Exchange> all;
  for (std::size_t i = 0; i < stage_count; ++i) {
    const auto stage = static_cast<Stage>(i);
    if (stage == Stage::rcpt) {
      for (const auto& recipient : trace.recipients)
        all.push_back({recipient_command(recipient.to), recipient.reply});
    } else if (trace.replies[i]) {
      all.push_back({command_text(request, stage), *trace.replies[i]});
    }
  }
  return all;
}

std::string dialogue_line(const Request& request) {
  std::string line = request.client;
  if (request.client_name.status == PeerName::Status::known)
    line += " (" + request.client_name.name + ')';
  line += request.helo ? "  HELO " + *request.helo : std::string("  no HELO");
  if (request.tls)
    line += request.tls->fingerprint.empty() ? "  STARTTLS"
                                             : "  STARTTLS with a self-signed certificate";
  if (request.sasl) line += "  AUTH " + *request.sasl;
  line += "  MAIL FROM:<" + request.from + '>';
  for (const std::string& to : request.to) line += "  " + recipient_command(to);
  return line;
}

}  // namespace postlint::smtpd
