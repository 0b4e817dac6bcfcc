#include <algorithm>

#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::relay::service_drops_reject {

constexpr RuleInfo info{.id = "relay/service-drops-reject",
                        .title = "a -o option takes the relay check away from a service",
                        .severity = Severity::error,
                        .needs_master = true,
                        .subsumed_by = "relay/open-relay"};

/// The service's list has lost the check that the same list of main.cf has.
bool lost(const RelayList& in_main, const RelayList& in_service) {
  return in_main.at_gate && !in_service.at_gate;
}

/// The -o that sets the list, or something that the list refers to by $name.
const model::Override* culprit(const Service& service, const Setting& setting) {
  const model::Override* found = nullptr;
  for (const model::Override& each : service.entry->overrides) {
    if (each.name == setting.name) found = &each;
    if (found == nullptr &&
        setting.raw.text().find("$" + std::string(each.name)) != std::string_view::npos) {
      found = &each;
    }
  }
  return found;
}

void report(const Service& service, const Setting& setting, const Setting& in_main, Sink& sink) {
  const model::Override* override = culprit(service, setting);
  auto finding = sink.report(info).at(override != nullptr ? override->span : Span{});
  finding
      .message("this replaces the only relay check that the service had in ", setting.name,
               ": smtpd dies at its start, and the port serves nobody")
      .origin(setting)
      .item(setting.name)
      .since(relay_list_since(*service.config))
      .related(in_main.is_default() ? Span{} : in_main.view().span(), "the check stands here");
  if (override == nullptr || override->name != setting.name) return;
  const bool braced = sink.text(override->span).find('{') != std::string_view::npos;
  if (braced) return;
  finding.fix(Fix::unsafe("let only logged-in users send; everybody else is refused")
                  .replace(override->span, "-o " + std::string(setting.name) +
                                               "=permit_sasl_authenticated,reject"));
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || service.entry == nullptr || service.entry->overrides.empty()) return;
  if (has_stray_argument(service, sink.workspace())) return;
  const RelayControl& control = relay_control(service, sink);
  if (control.starts() || disarmed_check(control)) return;
  const Service plain{
      nullptr, std::make_unique<EffectiveConfig>(sink.database(), sink.workspace().main(), nullptr,
                                                 sink.workspace().host())};
  const std::vector<RestrictionList> main_lists = restriction_lists(plain);
  const RelayControl main_control = relay_control(main_lists);
  for (const auto& [in_main, in_service, name] :
       {std::tuple{&main_control.relay, &control.relay, "smtpd_relay_restrictions"},
        std::tuple{&main_control.recipient, &control.recipient, "smtpd_recipient_restrictions"}}) {
    if (!lost(*in_main, *in_service)) continue;
    report(service, service.config->at(name), plain.config->at(name), sink);
    return;
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::service_drops_reject
