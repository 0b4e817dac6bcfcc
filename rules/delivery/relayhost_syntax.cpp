#include "grammar/restriction_list.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/address.hpp"
#include "src/text/ascii.hpp"

namespace postlint::rules::delivery::relayhost_syntax {

constexpr RuleInfo info{.id = "delivery/relayhost-syntax",
                        .title = "the destination of a relay host cannot be read",
                        .severity = Severity::error};

/// What is wrong with a destination, as smtp(8) logs it, and what was probably meant.
struct Verdict {
  std::string problem;
  std::string meant;
};

/// host_port(3): [host]:port or host:port, split.
struct Destination {
  std::string_view host;
  std::string_view port;  // empty: the default
  std::string_view problem;
};

Destination split(std::string_view text) {
  if (!text.starts_with('[')) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {text, {}, {}};
    return {text.substr(0, colon), text.substr(colon + 1), {}};
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return {{}, {}, "missing \"]\""};
  const std::string_view host = text.substr(1, end - 1);
  const std::string_view rest = text.substr(end + 1);
  if (!rest.empty() && rest.front() != ':') return {host, {}, "garbage after \"]\""};
  return {host, rest.empty() ? rest : rest.substr(1), {}};
}

bool is_host(std::string_view host, bool utf8) {
  if (host.starts_with("IPv6:") || host.starts_with("ipv6:") || host.starts_with("IPV6:")) {
    return smtpd::valid_ipv6_address(host.substr(5));
  }
  return smtpd::valid_utf8_hostname(host, utf8) || smtpd::valid_host_address(host);
}

std::string problem_of(std::string_view text, bool utf8) {
  const Destination destination = split(text);
  if (!destination.problem.empty()) return std::string(destination.problem);
  if (destination.host.empty()) return "missing host information";
  if (!is_host(destination.host, utf8)) return "valid hostname or network address required";
  const std::string_view port = destination.port;
  if (port.empty() || port.front() < '0' || port.front() > '9') return {};
  if (!text::all_digits(port)) return "garbage after numerical service";
  const bool in_range = port.size() <= 5 && std::stoul(std::string(port)) - 1 < 65535;
  return in_range ? "" : "bad network port";
}

/// [host:port] and smtp://host:port.
std::string meant_by(std::string_view text, bool utf8) {
  std::string meant(text);
  if (const std::size_t scheme = meant.find("://"); scheme != std::string::npos) {
    meant.erase(0, scheme + 3);
    while (meant.ends_with('/')) meant.pop_back();
  }
  const std::size_t colon = meant.rfind(':');
  if (meant.starts_with('[') && meant.ends_with(']') && colon != std::string::npos) {
    meant = meant.substr(0, colon) + "]" + meant.substr(colon, meant.size() - colon - 1);
  }
  return meant != text && problem_of(meant, utf8).empty() ? meant : "";
}

/// smtp(8) is what reads it: other transports have destinations of their own.
bool is_for_smtp(const Assignment& assignment) {
  if (assignment.name == "smtp_fallback_relay") return true;
  if (assignment.name != "relayhost") return false;
  const std::string_view transport = assignment.config->text("default_transport");
  return transport == "smtp" || transport.starts_with("smtp:");
}

void check(const Assignment& assignment, Sink& sink) {
  if (!is_for_smtp(assignment)) return;
  const Setting& setting = assignment.setting();
  if (setting.status != model::ExpansionStatus::ok || !setting.unknown_facts.empty()) return;
  const bool utf8 = assignment.config->boolean("smtputf8_enable");
  for (const text::Range range : grammar::parse_plain_list(setting.text())) {
    const MappedView word = setting.view().sub(range);
    // A comment, or text that a template engine is to replace, is a mistake of another kind.
    if (word.text().find_first_of("#{}<>$\"'") != std::string_view::npos) return;
    const std::string problem = problem_of(word.text(), utf8);
    if (problem.empty()) continue;
    const std::string_view owner = assigned_name(sink.workspace(), word.span());
    auto finding = sink.report(info).at(word);
    finding
        .message(word.text(), " is no destination (", problem,
                 "): smtp(8) dies of it, and all mail for it stays in the queue")
        .origin(setting)
        .parameter(owner.empty() ? assignment.name : owner)
        .item(word.text());
    const std::string meant = meant_by(word.text(), utf8);
    if (meant.empty() || sink.text(word.span()) != word.text()) continue;
    finding.label("write ", meant).fix(Fix::safe("write " + meant).replace(word.span(), meant));
  }
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::delivery::relayhost_syntax
