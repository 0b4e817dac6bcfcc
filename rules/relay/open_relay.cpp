#include <algorithm>
#include <map>
#include <memory>

#include "rules/servers.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/dialogue.hpp"
#include "src/smtpd/relay.hpp"

namespace postlint::rules::relay::open_relay {

constexpr RuleInfo info{.id = "relay/open-relay",
                        .title = "strangers can relay mail through a service",
                        .severity = Severity::error};

using smtpd::RelayAnalysis;
using smtpd::RelayVerdict;
using smtpd::RelayWitness;
using smtpd::Step;

constexpr std::string_view relay_domains = "relay_domains";

Witness witness_of(const RelayWitness& found) {
  return {smtpd::dialogue_line(found.request), smtpd::request_keys(found.request), found.reply};
}

/// Does the list go on with a permit that others need?
bool permits_behind(const RestrictionList& list, const Span& place) {
  return std::any_of(list.items.begin(), list.items.end(), [&](const RestrictionItem& item) {
    return item.span().file == place.file && item.span().lo > place.lo &&
           item.text().starts_with("permit_") && !item.is("permit_auth_destination");
  });
}

/// The relay check before an item of the relay or the recipient list.
void add_fix(FindingBuilder& finding, const Step& step, const Service& service, Sink& sink) {
  using Stage = RestrictionList::Stage;
  if (!step.table || step.stage != smtpd::Stage::rcpt || step.depth != 0) return;
  for (const Stage stage : {Stage::relay, Stage::recipient}) {
    const RestrictionList* list = sink.list(service, stage);
    if (list == nullptr || list->name != step.list || permits_behind(*list, step.span)) continue;
    finding.fix(Fix::unsafe("put reject_unauth_destination before it; clients that only this "
                            "table lets in can then no longer relay")
                    .insert_before(step.span, "reject_unauth_destination, "));
  }
}

/// A list of domains makes the recipient one of this host's own, so that the mail does not go to
/// where the address seems to lead: relay/wildcard-relay-domains and relay/untrusted-routing.
bool stays_in_class(const RelayWitness& witness) {
  if (witness.because.empty()) return false;
  const std::string& list = witness.because.front().list;
  if (list == relay_domains)
    return !witness.request.to.front().ends_with('@' + witness.destination);
  return list == "mydestination" || list == "virtual_alias_domains" ||
         list == "virtual_mailbox_domains";
}

/// "any destination", or what a list of domains takes in.
std::string destinations(const RelayWitness& witness) {
  if (witness.because.empty() || witness.because.front().list != relay_domains)
    return "any destination";
  return witness.destination + " and whatever else " + witness.because.front().restriction +
         " in relay_domains takes in,";
}

std::string consequence(const RelayAnalysis& analysis, const RelayWitness& witness) {
  if (analysis.verdict == RelayVerdict::open)
    return "a stranger can relay mail to " + destinations(witness) + " through service " +
           analysis.service;
  return "strangers can relay mail to " + witness.destination + " through service " +
         analysis.service;
}

/// The place that lets strangers in, seen from the parameter that names it.
Span primary_place(const RelayWitness& witness) {
  if (witness.because.empty()) return {};
  const Step& step = witness.because.front();
  const bool own = step.span.in_file() && (step.table || step.span == witness.cause);
  return own ? step.span : witness.cause;
}

void report(const RelayAnalysis& analysis, const RelayWitness& found, const Service& service,
            Sink& sink) {
  const Span place = primary_place(found);
  auto finding =
      place.in_file() ? sink.report(info).at(place) : sink.report(info).at_absence(service);
  finding.message(consequence(analysis, found)).witness(witness_of(found)).service(service);
  finding.since(relay_list_since(*service.config));
  if (analysis.verdict == RelayVerdict::limited) finding.severity(Severity::warning);
  for (const std::string& text : analysis.assumes) finding.assume(text);
  if (found.because.empty()) {
    finding.note("no restriction refuses the mail");
    finding.parameter("smtpd_relay_restrictions");
    return;
  }
  const Step& step = found.because.front();
  finding.label(step.why).parameter(step.list);
  if (!(step.span == place))
    finding.related(step.span, "permits whom it lists");
  else if (!(found.cause == place))
    finding.related(found.cause, "this entry");
  const database::Restriction* word = sink.database().restriction(step.restriction);
  const std::string notice = word != nullptr ? removal_notice(*word, sink.version()) : "";
  if (!notice.empty()) finding.note(notice);
  add_fix(finding, step, service, sink);
}

/// What makes the service another than the others: its -o, and who can connect.
std::string identity_of(const Service& service, const smtpd::Server& server) {
  std::string key = server.unreachable().value_or("");
  if (service.entry == nullptr) return key;
  for (const auto& setting : service.entry->overrides) {
    key += '\n';
    key += setting.name;
    key += '=';
    key += setting.value.text();
  }
  return key;
}

using Analyses = std::map<std::string, RelayAnalysis>;

/// Services with the same settings are analysed once.
RelayAnalysis analysis_of(const Service& service, const smtpd::Server& server, Sink& sink) {
  const auto& known =
      sink.shared<std::shared_ptr<Analyses>>([] { return std::make_shared<Analyses>(); });
  const std::string key = identity_of(service, server);
  auto found = known->find(key);
  if (found == known->end()) {
    smtpd::RelayOptions options;
    options.matrix = false;
    found = known->emplace(key, smtpd::analyse_relay(server, {}, options)).first;
  }
  RelayAnalysis analysis = found->second;
  analysis.service = server.name();
  for (RelayWitness& witness : analysis.witnesses) witness.request.service = server.name();
  return analysis;
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const RestrictionList* list = sink.list(service, RestrictionList::Stage::relay);
  if (list != nullptr && is_login_gate(*list)) return;
  const smtpd::Server& server = server_of(service, sink);
  if (!server.fatal().empty() || smtpd::relay_list_refuses(server)) return;
  const RelayAnalysis analysis = analysis_of(service, server, sink);
  if (analysis.verdict != RelayVerdict::open && analysis.verdict != RelayVerdict::limited) return;
  for (const RelayWitness& witness : analysis.witnesses) {
    if (!witness.assumes.empty() || witness.discarded || stays_in_class(witness)) continue;
    report(analysis, witness, service, sink);
    if (analysis.verdict == RelayVerdict::limited) break;
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::open_relay
