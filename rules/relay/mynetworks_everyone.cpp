#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/strangers.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_everyone {

constexpr RuleInfo info{.id = "relay/mynetworks-everyone",
                        .title = "mynetworks trusts everybody",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

using grammar::Family;
using smtpd::ListedNetwork;

/// 0.0.0.0/0, or the second of two halves; 2000::/3 is all of the public IPv6 space.
bool completes(const ListedNetwork& network, const std::vector<ListedNetwork>& before) {
  const grammar::Network& own = network.network;
  if (own.prefix == 0) return true;
  if (own.address.family == Family::ipv6 && own.prefix <= 3 && own.address.bytes[0] == 0x20) {
    return true;
  }
  return own.prefix == 1 && std::any_of(before.begin(), before.end(), [&](const ListedNetwork& b) {
           return !b.negated && b.network.prefix == 1 && b.network != own &&
                  b.network.address.family == own.address.family;
         });
}

void report(const Service& service, Span span, std::string_view item, std::string_view who,
            Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), span);
  auto finding = sink.report(info).at(span);
  finding
      .message(item, " makes ", who,
               " a trusted client of permit_mynetworks: this host is an open relay")
      .origin(service.config->at("mynetworks"))
      .parameter(name.empty() ? "mynetworks" : name)
      .item(item);
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default() || !relay_control(service, sink).trusts_mynetworks()) return;

  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::MatchList list = smtpd::trusted_clients(tables, *service.config);
  for (const auto& pattern : list.patterns()) {
    if (pattern.table == nullptr || pattern.negated) continue;
    const smtpd::Everybody who = smtpd::everybody(
        [&](const std::string& address) { return pattern.table->lookup(address).found(); });
    if (!who.any()) continue;
    report(service, pattern.span, pattern.written, smtpd::name_of(who), sink);
    return;
  }
  std::vector<ListedNetwork> before;
  for (const ListedNetwork& network : smtpd::listed_networks(list)) {
    if (!network.negated && completes(network, before)) {
      const bool v6 = network.network.address.family == Family::ipv6;
      report(service, network.span, network.text, v6 ? "every IPv6 host" : "every IPv4 host", sink);
    }
    before.push_back(network);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_everyone
