#include <algorithm>
#include <array>

#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::sasl_restriction_with_sasl_off {

constexpr RuleInfo info{.id = "access/sasl-restriction-with-sasl-off",
                        .title = "a check of logins stands in the list of a service without logins",
                        .severity = Severity::warning};

bool needs_sasl(const RestrictionItem& item) {
  constexpr std::array<std::string_view, 5> words{
      "check_sasl_access", "reject_authenticated_sender_login_mismatch",
      "reject_known_sender_login_mismatch", "reject_sender_login_mismatch",
      "reject_unauthenticated_sender_login_mismatch"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return item.is(word); });
}

void report(const RestrictionItem& item, const RestrictionList& list, const Service& service,
            Sink& sink) {
  const std::string_view owner = assigned_name(sink.workspace(), item.span());
  auto finding = sink.report(info).at(item.span());
  finding
      .message(item.text(), " is skipped, with a warning for every request: ", service.name(),
               " has smtpd_sasl_auth_enable = no")
      .parameter(owner.empty() ? list.name : owner)
      .item(item.text());
  const Setting& enable = service.config->at("smtpd_sasl_auth_enable");
  if (!enable.is_default()) finding.related(enable.origin().span, "logins are off");
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || service.config->boolean("smtpd_sasl_auth_enable")) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  for (const RestrictionList& list : lists) {
    const RestrictionItem* end = always_ends(list, lists);
    for (const RestrictionItem& item : list.items) {
      if (needs_sasl(item)) report(item, list, service, sink);
      if (&item == end) break;
    }
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::access::sasl_restriction_with_sasl_off
