#include <algorithm>

#include "src/engine/hosted_domains.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::delivery::no_recipient_validation {

constexpr RuleInfo info{
    .id = "delivery/no-recipient-validation",
    .title = "every recipient of a domain is accepted, whether it exists or not",
    .severity = Severity::warning,
    .confidence = Confidence::likely,
    .subsumed_by = "relay/wildcard-relay-domains"};

/// Something in the lists may know the recipients.
bool asks_elsewhere(const std::vector<RestrictionList>& lists) {
  return std::any_of(lists.begin(), lists.end(), [](const RestrictionList& list) {
    return std::any_of(list.items.begin(), list.items.end(), [](const RestrictionItem& item) {
      return item.is("reject_unverified_recipient") || item.is("check_policy_service") ||
             item.is("check_recipient_access") || item.kind == RestrictionItem::Kind::table;
    });
  });
}

bool takes_mail_of_strangers(const Service& service, Sink& sink) {
  const std::vector<RestrictionList>& lists = sink.lists(service);
  return serves_strangers(service, lists) && !asks_elsewhere(lists);
}

void report(const Setting& place, std::string_view table, std::string_view domains, Sink& sink) {
  auto finding = sink.report(info).at(place.origin().span);
  finding
      .message(
          table, " is empty: mail to any recipient of ", domains,
          " is accepted, and what cannot be delivered goes back to senders that spam has forged")
      .origin(place)
      .parameter(table)
      .absence();
}

void check(const Workspace& workspace, Sink& sink) {
  const auto& services = workspace.services();
  const bool open = std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return takes_mail_of_strangers(service, sink);
  });
  if (!open) return;
  const EffectiveConfig& config = workspace.config();
  const std::string_view own = config.text("mydestination");
  const Setting& local = config.at("local_recipient_maps");
  const bool local_open =
      !local.is_default() && local.text().empty() && config.text("luser_relay").empty() &&
      config.at("local_transport").is_default() && names_domain(config.at("mydestination"));
  if (local_open) report(local, "local_recipient_maps", "mydestination", sink);
  const Setting& hosted = config.at("virtual_mailbox_domains");
  if (!hosted.is_default() && names_domain(hosted, own) &&
      config.text("virtual_mailbox_maps").empty()) {
    report(hosted, "virtual_mailbox_maps", "virtual_mailbox_domains", sink);
  }
  const Setting& relayed = config.at("relay_domains");
  const bool also_local = relayed.raw.text().find("mydestination") != std::string_view::npos;
  if (!relayed.is_default() && !also_local && names_domain(relayed, own) &&
      config.text("relay_recipient_maps").empty()) {
    report(relayed, "relay_recipient_maps", "relay_domains", sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::delivery::no_recipient_validation
