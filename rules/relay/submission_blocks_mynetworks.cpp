#include <algorithm>
#include <vector>

#include "rules/servers.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/service_ports.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::submission_blocks_mynetworks {

constexpr RuleInfo info{.id = "relay/submission-blocks-mynetworks",
                        .title = "a submission service refuses the clients in mynetworks",
                        .severity = Severity::info,
                        .confidence = Confidence::possible,
                        .needs_master = true};

using Stage = RestrictionList::Stage;

/// One list of a service lets clients in mynetworks relay, and another, its own, refuses them
/// without a login.
struct Refusal {
  const Service* service = nullptr;
  const RestrictionList* list = nullptr;
  const RestrictionItem* word = nullptr;  // that refuses
  RestrictionStep permit;                 // of the other list
};

/// A permit_mynetworks, whether it is ever reached or not.
std::optional<RestrictionStep> permit_in(const std::vector<RestrictionStep>& steps) {
  const auto found = std::find_if(steps.begin(), steps.end(), [](const RestrictionStep& step) {
    return step.item->is("permit_mynetworks");
  });
  return found == steps.end() ? std::nullopt : std::optional(*found);
}

/// Of the list that decides on relaying. Who leaves it out there means it.
std::optional<RestrictionStep> relay_permit(const Service& service, Sink& sink) {
  const RelayControl& control = relay_control(service, sink);
  return permit_in(control.relay.list != nullptr ? control.relay.steps : control.recipient.steps);
}

/// Clients skip a list of HELO names by saying none.
bool is_asked(Stage stage) { return stage <= Stage::recipient && stage != Stage::helo; }

std::optional<Refusal> refusal_of(const Service& service, Sink& sink) {
  const std::vector<RestrictionList>& lists = sink.lists(service);
  const auto permit = relay_permit(service, sink);
  if (!permit) return std::nullopt;
  for (const RestrictionList& list : lists) {
    const bool own = list.setting->origin().kind == model::Origin::Kind::service_override;
    if (!own || !is_asked(list.stage) || !refuses_strangers(list, lists)) continue;
    const std::vector<RestrictionStep> steps = evaluation_order(list, lists);
    if (!permit_in(steps)) return Refusal{&service, &list, steps.back().item, *permit};
  }
  return std::nullopt;
}

bool is_of_this_host(const grammar::Network& network) {
  static const grammar::Network link_local = *grammar::parse_network("[fe80::]/10").network;
  return smtpd::is_loopback(network) || grammar::contains(link_local, network);
}

/// The first network in mynetworks that is not this host itself, or its link.
std::optional<smtpd::ListedNetwork> network_of_others(const Service& service, Sink& sink) {
  if (service.config->at("mynetworks").is_default()) return std::nullopt;
  const smtpd::TableSet& tables = tables_of(sink);
  for (auto& listed : smtpd::listed_networks(smtpd::trusted_clients(tables, *service.config))) {
    if (!listed.negated && !is_of_this_host(listed.network)) return std::move(listed);
  }
  return std::nullopt;
}

void report(const std::vector<Refusal>& refusals, const smtpd::ListedNetwork& trusted, Sink& sink) {
  const Refusal& first = refusals.front();
  auto finding = sink.report(info).at(first.word->span());
  finding
      .message("permit_mynetworks in ", first.permit.list->name, " is in vain on ",
               first.service->name(), ": ", first.list->name,
               " refuses clients in mynetworks, such as ", trusted.text, ", unless they log in")
      .origin(*first.list->setting)
      .item(first.word->text())
      .service(*first.service)
      .related(first.permit.item->span(), "lets them relay")
      .related(trusted.span, "is one of them");
  for (std::size_t i = 1; i < refusals.size(); ++i) {
    const Span span = refusals[i].word->span();
    if (span == first.word->span()) continue;
    finding.related(span, refusals[i].service->name() + " as well");
  }
}

void check(const Workspace& workspace, Sink& sink) {
  std::vector<Refusal> refusals;
  for (const Service& service : workspace.services()) {
    if (!is_submission(service) || !reachable_from_outside(service)) continue;
    if (const auto refusal = refusal_of(service, sink)) refusals.push_back(*refusal);
  }
  if (refusals.empty()) return;
  const auto trusted = network_of_others(*refusals.front().service, sink);
  if (trusted) report(refusals, *trusted, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::relay::submission_blocks_mynetworks
