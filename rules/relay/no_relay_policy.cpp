#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::relay::no_relay_policy {

constexpr RuleInfo info{.id = "relay/no-relay-policy",
                        .title = "no restriction list of an smtpd service refuses relaying",
                        .severity = Severity::error};

constexpr std::string_view policy =
    "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination";

/// main.cf says nothing of the list: a line at the end mends it.
void add_fix(FindingBuilder& finding, const Setting& setting, std::string_view parameter,
             Sink& sink) {
  if (!setting.is_default()) return;
  const std::string line = std::string(parameter) + " = " + std::string(policy);
  const auto& entries = sink.workspace().main().entries;
  if (entries.empty()) return;
  const Span last = sink.line_span(entries.back().span());
  const bool ended = sink.text(last).ends_with('\n');
  finding.fix(Fix::unsafe("add a relay policy; without one smtpd serves nobody")
                  .insert_after(last, (ended ? "" : "\n") + line + "\n")
                  .command("postconf -e " + shell_quoted(line)));
}

bool has_no_policy(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || has_stray_argument(service, sink.workspace())) return false;
  const RelayControl& control = relay_control(service, sink);
  return !control.starts() && !disarmed_check(control);
}

/// `first`: the first service with the same absence, whose entry stands for all of them.
void report(const Service& service, const Service& first, Sink& sink) {
  const std::string_view parameter = relay_parameter(*service.config);
  const Setting& setting = service.config->at(parameter);
  auto finding = setting.is_default() ? sink.report(info).at_absence(first)
                                      : sink.report(info).at(setting.origin().span);
  finding
      .message(
          "neither ",
          parameter == "smtpd_relay_restrictions" ? "smtpd_relay_restrictions nor " : "",
          "smtpd_recipient_restrictions holds a relay check such as reject_unauth_destination: "
          "smtpd dies at its start, and the port serves nobody")
      .parameter(parameter)
      .absence()
      .service(service)
      .since(relay_list_since(*service.config));
  if (service.entry == nullptr) finding.confidence(Confidence::likely);
  if (setting.is_default() && sink.at_least(3, 3) &&
      !sink.workspace().config().set("compatibility_level")) {
    finding.note("with no compatibility_level in main.cf, smtpd_relay_restrictions is empty");
  }
  add_fix(finding, setting, parameter, sink);
}

void check(const Workspace& workspace, Sink& sink) {
  // What main.cf has and -o takes away is another mistake: relay/service-drops-reject.
  const Service plain{nullptr, std::make_unique<EffectiveConfig>(sink.database(), workspace.main(),
                                                                 nullptr, workspace.host())};
  if (relay_control(restriction_lists(plain)).starts()) return;
  const Service* first = nullptr;
  for (const Service& service : workspace.services()) {
    if (!has_no_policy(service, sink)) continue;
    if (first == nullptr) first = &service;
    report(service, *first, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::relay::no_relay_policy
