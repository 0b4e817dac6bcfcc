#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::sasl_permit_before_login_mismatch {

constexpr RuleInfo info{
    .id = "access/sasl-permit-before-login-mismatch",
    .title = "the check of sender addresses stands behind the permit for logins",
    .severity = Severity::error};

/// Compares the login with the owner of the sender address.
bool checks_owner(const RestrictionItem& item) {
  return item.is("reject_sender_login_mismatch") ||
         item.is("reject_authenticated_sender_login_mismatch") ||
         item.is("reject_known_sender_login_mismatch");
}

/// The permit, and the check behind it, which no login meets.
struct Shadow {
  const RestrictionStep* permit = nullptr;
  const RestrictionStep* check = nullptr;
};

/// Sets `met` where a check is made for logins.
Shadow find_shadow(const std::vector<RestrictionStep>& steps, bool& met) {
  Shadow shadow;
  for (const RestrictionStep& step : steps) {
    if (step.item->is("permit_sasl_authenticated") && shadow.permit == nullptr) {
      shadow.permit = &step;
    }
    if (!checks_owner(*step.item) || step.warn_only) continue;
    if (shadow.permit == nullptr) met = true;
    if (shadow.permit != nullptr && shadow.check == nullptr) shadow.check = &step;
  }
  return shadow;
}

/// Puts the check in front of the permit, where both stand in one value.
void add_fix(FindingBuilder& finding, const Shadow& shadow, Sink& sink) {
  if (shadow.permit->list != shadow.check->list) return;
  const RestrictionItem* check = shadow.check->item;
  const Span permit = shadow.permit->item->span();
  Span gone = check->span();
  const Span before = (check - 1)->full_span();
  const bool one_value = permit.in_file() && permit.file == gone.file && before.file == gone.file &&
                         permit.hi <= before.hi && before.hi <= gone.lo;
  if (!one_value || (check - 1)->is("warn_if_reject")) return;
  gone.lo = before.hi;
  if (sink.text(gone).find_first_of("#$") != std::string_view::npos) return;
  finding.fix(
      Fix::unsafe("make the check first; logins can then no longer use the sender addresses "
                  "of others")
          .remove(gone)
          .insert_before(permit, std::string(check->text()) + ", "));
}

void report(const std::vector<Shadow>& shadows, const Service& service, Sink& sink) {
  const Shadow& shadow = shadows.front();
  const RestrictionItem& item = *shadow.check->item;
  const std::string_view owner = assigned_name(sink.workspace(), item.span());
  auto finding = sink.report(info).at(item.span());
  finding
      .message(item.text(),
               " is never asked for a logged-in client, whom permit_sasl_authenticated has let "
               "through: every account may use every sender address")
      .parameter(owner.empty() ? shadow.check->list->name : owner)
      .item(item.text())
      .related(shadow.permit->item->span(), "ends the list for logins");
  for (std::size_t at = 1; at < shadows.size(); ++at) {
    finding.related(shadows[at].check->item->span(), "nor is this one asked");
  }
  if (service.config->text("smtpd_sender_login_maps").empty()) {
    finding.note("smtpd_sender_login_maps is empty: it has to name the owners of addresses first");
  } else {
    add_fix(finding, shadow, sink);
  }
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  bool met = false;
  std::vector<std::vector<RestrictionStep>> all;
  std::vector<Shadow> shadows;
  for (const RestrictionList& list : lists) {
    if (list.stage == RestrictionList::Stage::restriction_class) continue;
    all.push_back(evaluation_order(list, lists));
    const Shadow shadow = find_shadow(all.back(), met);
    if (shadow.check != nullptr) shadows.push_back(shadow);
  }
  // Another list asks logins; and where none does, to mend one list is enough.
  if (!met && !shadows.empty()) report(shadows, service, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::access::sasl_permit_before_login_mismatch
