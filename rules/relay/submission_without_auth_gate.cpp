#include <algorithm>

#include "rules/servers.hpp"
#include "src/engine/hosted_domains.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/service_ports.hpp"
#include "src/smtpd/strangers.hpp"

namespace postlint::rules::relay::submission_without_auth_gate {

constexpr RuleInfo info{.id = "relay/submission-without-auth-gate",
                        .title = "a submission service takes mail without a login",
                        .severity = Severity::warning,
                        .needs_master = true};

/// The usual gate, which needs no closer look.
bool has_plain_gate(const Service& service, Sink& sink) {
  using Stage = RestrictionList::Stage;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  return std::any_of(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    // Clients skip a list of HELO names by saying none.
    return list.stage <= Stage::recipient && list.stage != Stage::helo &&
           refuses_strangers(list, lists);
  });
}

/// The last -o that sets the parameter; null: there is none.
const model::Override* own_setting(const Service& service, std::string_view parameter) {
  const auto& all = service.entry->overrides;
  const auto found = std::find_if(all.rbegin(), all.rend(),
                                  [&](const auto& each) { return each.name == parameter; });
  return found == all.rend() ? nullptr : &*found;
}

/// `reject` for the relay check of the service's own list, or a list of its own.
void add_fix(FindingBuilder& finding, const Service& service, Sink& sink) {
  const std::string parameter(relay_parameter(*service.config));
  const bool logins = service.config->boolean("smtpd_sasl_auth_enable");
  Fix fix = Fix::unsafe(logins ? "refuse whoever neither logs in nor is in mynetworks"
                               : "refuse whoever is not in mynetworks");
  if (own_setting(service, parameter) == nullptr) {
    const std::string option =
        parameter + "=permit_mynetworks," + (logins ? "permit_sasl_authenticated," : "") + "reject";
    finding.fix(std::move(fix).insert_after(service.entry->line.span(), "\n  -o " + option));
    return;
  }
  const RelayControl& control = relay_control(service, sink);
  const RelayList& list = control.relay.list != nullptr ? control.relay : control.recipient;
  const bool own = list.check && list.list->name == parameter &&
                   list.check_step()->item->span().file == service.entry->line.span().file;
  if (own) finding.fix(std::move(fix).replace(list.check_step()->item->span(), "reject"));
}

/// A list of the service's own that permits logins, and then ends.
const RestrictionItem* lone_permit(const Service& service, Sink& sink) {
  for (const RestrictionList& list : sink.lists(service)) {
    const bool own = list.setting->origin().kind == model::Origin::Kind::service_override;
    const RestrictionItem& last = list.items.back();
    if (own && last.is("permit_sasl_authenticated")) return &last;
  }
  return nullptr;
}

void report(const Service& service, const smtpd::StrangersMail& mail, Sink& sink) {
  auto finding = sink.report(info).at_absence(service);
  finding
      .message(service.name(),
               " takes mail for the domains of this host from strangers: no list refuses those who "
               "neither log in nor are in mynetworks")
      .parameter(relay_parameter(*service.config))
      .absence();
  if (!service.config->boolean("smtpd_sasl_auth_enable")) {
    finding.note("smtpd_sasl_auth_enable is off: nobody can log in here");
  }
  if (const RestrictionItem* permit = lone_permit(service, sink)) {
    finding.related(permit->span(), "nothing behind it refuses the others");
  }
  for (const std::string& text : mail.assumes) finding.assume(text);
  if (!mail.assumes.empty()) finding.confidence(Confidence::likely);
  add_fix(finding, service, sink);
}

void check(const Service& service, Sink& sink) {
  if (!is_submission(service) || !smtpd::strangers_can_connect(service)) return;
  if (!hosts_domains(*service.config) || has_plain_gate(service, sink)) return;
  const smtpd::StrangersMail mail = smtpd::strangers_mail(server_of(service, sink));
  // Who takes mail to everywhere has another problem: relay/open-relay.
  if (mail.to_user && !mail.to_foreign) report(service, mail, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::submission_without_auth_gate
