#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::sasl_permit_missing {

constexpr RuleInfo info{.id = "relay/sasl-permit-missing",
                        .title = "clients may log in, but not relay",
                        .severity = Severity::error,
                        .confidence = Confidence::likely};

/// Does this list let a client with a login pass its check for foreign destinations?
bool lets_logins_pass(const RelayList& list) {
  if (!list.check) return true;
  for (std::size_t at = 0; at < *list.check; ++at) {
    const RestrictionItem& item = *list.steps[at].item;
    // Tables and policy services can permit logins by name, or everything else.
    const bool may_permit = item.is("permit_sasl_authenticated") || item.is("permit") ||
                            item.is("check_sasl_access") || item.is("check_policy_service") ||
                            item.kind == RestrictionItem::Kind::table ||
                            item.kind == RestrictionItem::Kind::unknown;
    if (may_permit) return true;
  }
  return false;
}

bool serves_logins(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return false;
  const RelayControl control = relay_control(sink.lists(service));
  return lets_logins_pass(control.relay) && lets_logins_pass(control.recipient);
}

void report(const RelayList& list, const Service& service, Sink& sink) {
  const RestrictionItem& check = *list.check_step()->item;
  const Span span = check.span();
  auto finding = sink.report(info).at(span);
  finding
      .message("there is no permit_sasl_authenticated in front of ", check.text(),
               ": a logged-in client outside mynetworks is refused with Relay access denied")
      .origin(*list.list->setting)
      .related(service.config->at("smtpd_sasl_auth_enable").origin().span, "AUTH is offered");
  if (!span.in_file()) return;
  finding.fix(Fix::unsafe("let logged-in clients relay")
                  .insert_before(span, "permit_sasl_authenticated, "));
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return;
  if (!reachable_from_outside(service) || serves_logins(service, sink)) return;
  // AUTH on port 25 may be a left-over where another port is for logins.
  for (const Service& other : sink.workspace().services()) {
    if (&other != &service && serves_logins(other, sink)) return;
  }
  const RelayControl control = relay_control(sink.lists(service));
  for (const RelayList* list : {&control.relay, &control.recipient}) {
    // `permit_mynetworks, reject` is meant: nobody else is wanted here at all.
    if (lets_logins_pass(*list) || !list->checks_destination()) continue;
    report(*list, service, sink);
    return;
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::sasl_permit_missing
