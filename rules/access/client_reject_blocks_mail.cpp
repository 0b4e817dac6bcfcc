#include <algorithm>

#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::client_reject_blocks_mail {

constexpr RuleInfo info{.id = "access/client-reject-blocks-mail",
                        .title = "smtpd_client_restrictions refuses clients that are to send mail",
                        .severity = Severity::error,
                        .confidence = Confidence::likely};

/// The domains that this host receives mail for, other than as itself; null: none.
const Setting* hosted_domains(const EffectiveConfig& config) {
  for (const std::string_view name :
       {"virtual_mailbox_domains", "virtual_alias_domains", "relay_domains"}) {
    const Setting& domains = config.at(name);
    const bool own = !domains.is_default() && !domains.text().empty() &&
                     domains.raw.text().find("mydestination") == std::string_view::npos;
    if (own) return &domains;
  }
  return nullptr;
}

/// Servers of others bring mail here: port 25, or behind postscreen.
bool takes_mail(const Service& service) {
  if (service.entry == nullptr || !reachable_from_outside(service)) return false;
  return service.entry->port() == 25 || service.entry->field(model::Field::type) == "pass";
}

/// People log in here, not a filter that hands mail back.
bool is_for_logins(const Service& service) {
  const Setting& enable = service.config->at("smtpd_sasl_auth_enable");
  if (!service.config->boolean("smtpd_sasl_auth_enable")) return false;
  if (service.entry == nullptr || enable.origin().kind == model::Origin::Kind::service_override) {
    return true;
  }
  const auto port = service.entry->port();
  return port == 25 || port == 465 || port == 587;
}

void report(const RestrictionStep& last, const RestrictionList& list, const std::string& text,
            const Setting* reason, std::string_view label, Sink& sink) {
  const std::string_view owner = assigned_name(sink.workspace(), last.item->span());
  auto finding = sink.report(info).at(last.item->span());
  finding.message(text)
      .origin(*list.setting)
      .parameter(owner.empty() ? list.name : owner)
      .item(last.item->text());
  if (reason != nullptr && !reason->is_default()) {
    finding.related(reason->origin().span, std::string(label));
  }
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  const RestrictionList* list = sink.list(service, RestrictionList::Stage::client);
  if (list == nullptr || !refuses_strangers(*list, lists)) return;
  const std::vector<RestrictionStep> steps = evaluation_order(*list, lists);
  const bool logins_pass = std::any_of(steps.begin(), steps.end(), [](const RestrictionStep& step) {
    return step.item->is("permit_sasl_authenticated");
  });
  if (is_for_logins(service) && !logins_pass) {
    report(
        steps.back(), *list,
        "whoever logs in from outside mynetworks is refused with 554 Client host rejected: there "
        "is no permit_sasl_authenticated in front",
        &service.config->at("smtpd_sasl_auth_enable"), "logins are offered", sink);
    return;
  }
  const Setting* domains = hosted_domains(*service.config);
  if (domains == nullptr || !takes_mail(service)) return;
  report(steps.back(), *list,
         "mail from outside mynetworks for " + std::string(domains->name) +
             " is refused with 554 Client host rejected",
         domains, "this host receives mail for them", sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::access::client_reject_blocks_mail
