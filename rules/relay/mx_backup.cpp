#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::mx_backup {

constexpr RuleInfo info{.id = "relay/mx-backup",
                        .title = "whoever names this host in MX records may relay through it",
                        .severity = Severity::warning,
                        .subsumed_by = "relay/open-relay"};

std::string consequence(const Setting& networks) {
  if (networks.text().empty())
    return "permit_mx_backup lets strangers relay to every domain whose owner names this host in "
           "its MX records";
  return "permit_mx_backup lets strangers relay to every domain whose owner names this host in its "
         "MX records, behind hosts in permit_mx_backup_networks";
}

void check(const Service& service, Sink& sink) {
  if (!serves_strangers(service, sink.lists(service))) return;
  const RelayControl& control = relay_control(service, sink);
  const RestrictionStep* step = control.find_relay_permit("permit_mx_backup");
  if (step == nullptr) return;
  const database::Restriction& word = *step->item->restriction;
  const Setting& networks = service.config->at("permit_mx_backup_networks");
  auto finding = sink.report(info).at(step->item->span());
  finding.message(consequence(networks))
      .origin(*step->list->setting)
      .item(word.name)
      .since(relay_list_since(*service.config))
      .note(
          "no table tells which recipients of such a domain there are: what the other server "
          "refuses goes back to senders that spam has forged");
  if (!networks.text().empty()) finding.related(networks.origin().span, "these hosts");
  const std::string notice = removal_notice(word, sink.version());
  if (!notice.empty()) finding.note(notice);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mx_backup
