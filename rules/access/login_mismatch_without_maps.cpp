#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::login_mismatch_without_maps {

constexpr RuleInfo info{.id = "access/login-mismatch-without-maps",
                        .title = "sender addresses are checked against owners that nobody names",
                        .severity = Severity::error};

/// What the check does while no address has an owner; empty: it is another word.
std::string effect(const RestrictionItem& item) {
  if (item.is("reject_authenticated_sender_login_mismatch") ||
      item.is("reject_sender_login_mismatch")) {
    return ": every logged-in client is refused with 553 Sender address rejected: not owned by "
           "user";
  }
  if (item.is("reject_known_sender_login_mismatch") ||
      item.is("reject_unauthenticated_sender_login_mismatch")) {
    return ": it refuses nobody";
  }
  return {};
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return;
  const Setting& maps = service.config->at("smtpd_sender_login_maps");
  if (!maps.text().empty()) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  for (const RestrictionList& list : lists) {
    if (list.stage == RestrictionList::Stage::restriction_class) continue;
    for (const RestrictionStep& step : evaluation_order(list, lists)) {
      const RestrictionItem& item = *step.item;
      // Behind this word no login is asked: access/sasl-permit-before-login-mismatch.
      if (item.is("permit_sasl_authenticated")) break;
      const std::string text = effect(item);
      if (text.empty() || step.warn_only) continue;
      const std::string_view owner = assigned_name(sink.workspace(), item.span());
      auto finding = sink.report(info).at(item.span());
      finding.message("smtpd_sender_login_maps is empty, so ", item.text(), " finds no owner", text)
          .parameter(owner.empty() ? step.list->name : owner)
          .item(item.text());
      if (text.ends_with("nobody")) finding.severity(Severity::warning);
    }
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::access::login_mismatch_without_maps
