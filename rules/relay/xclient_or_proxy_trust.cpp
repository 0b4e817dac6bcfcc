#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/strangers.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::xclient_or_proxy_trust {

constexpr RuleInfo info{.id = "relay/xclient-or-proxy-trust",
                        .title = "clients may say that they are others",
                        .severity = Severity::error};

using smtpd::ListedNetwork;
using smtpd::MatchList;

/// Who may use a command that tells of another client.
struct Command {
  std::string_view parameter;
  std::string_view name;
};
constexpr Command commands[] = {{"smtpd_authorized_xclient_hosts", "XCLIENT"},
                                {"smtpd_authorized_xforward_hosts", "XFORWARD"}};

/// Those who may, as a sentence has them, and the pattern that says so.
struct Authorized {
  std::string who;
  Span span;
  std::string pattern;
  bool strangers = false;
  std::string address = {};  // one of those in the network
  Span entry = {};           // of a table, that matches them
};

std::optional<Authorized> everybody_in(const MatchList& list) {
  const auto match = [&](const std::string& address) { return list.match("unknown", address); };
  const smtpd::Everybody who =
      smtpd::everybody([&](const std::string& address) { return match(address).matched(); });
  if (!who.any()) return std::nullopt;
  const smtpd::MatchOutcome one = match(who.ipv4 ? "8.8.8.8" : "2001:4860:4860::8888");
  return Authorized{
      std::string(smtpd::name_of(who)), one.span, one.pattern, true, {}, one.entry.span};
}

/// So many addresses belong to no one owner.
bool is_of_strangers(const grammar::Network& network) {
  const bool ipv4 = network.address.family == grammar::Family::ipv4;
  return smtpd::holds_routable(network) && network.prefix < (ipv4 ? 16 : 32);
}

std::optional<Authorized> widest_network_in(const MatchList& list) {
  const std::vector<ListedNetwork> listed = smtpd::listed_networks(list);
  const ListedNetwork* widest = nullptr;
  for (const ListedNetwork& each : listed) {
    const bool single = each.network.prefix == grammar::bit_count(each.network.address.family);
    if (each.negated || single || smtpd::is_loopback(each.network)) continue;
    if (widest == nullptr || each.network.prefix < widest->network.prefix) widest = &each;
  }
  if (widest == nullptr) return std::nullopt;
  return Authorized{"every host in " + widest->text, widest->span, widest->text,
                    is_of_strangers(widest->network), grammar::to_text(widest->network.address)};
}

/// Does the claim to be in mynetworks win the right to relay?
bool wins_relaying(const Authorized& authorized, const Service& service, Sink& sink) {
  if (!relay_control(service, sink).trusts_mynetworks()) return false;
  const MatchList trusted = smtpd::trusted_clients(tables_of(sink), *service.config);
  return authorized.address.empty() || !trusted.match("unknown", authorized.address).matched();
}

std::string_view consequence_of(const Command& command, const Authorized& authorized,
                                const Service& service, Sink& sink) {
  if (command.name == "XFORWARD") return ": the log names whom it likes";
  if (wins_relaying(authorized, service, sink)) return ", one in mynetworks, and relay";
  return ", under any name and login";
}

Severity severity_of(const Command& command, const Authorized& authorized) {
  if (command.name == "XCLIENT") return authorized.strangers ? Severity::error : Severity::warning;
  return authorized.strangers ? Severity::warning : Severity::info;
}

void report(const Command& command, const Authorized& authorized, const Setting& setting,
            const Service& service, Sink& sink) {
  const bool here = assigned_name(sink.workspace(), authorized.span) == setting.name;
  auto finding = sink.report(info).at(here ? authorized.span : setting.origin().span);
  finding
      .message(authorized.who, " may say with ", command.name, " that it is another client",
               consequence_of(command, authorized, service, sink))
      .origin(setting)
      .item(authorized.pattern)
      .severity(severity_of(command, authorized));
  if (!here) finding.related(authorized.span, "is in " + std::string(setting.name));
  if (!(authorized.entry == authorized.span)) finding.related(authorized.entry, "this entry");
  if (!authorized.strangers) finding.confidence(Confidence::likely);
}

void look_at_command(const Command& command, const Service& service, Sink& sink) {
  const Setting& setting = service.config->at(command.parameter);
  if (setting.is_default() || setting.text().empty()) return;
  const MatchList list = smtpd::client_list(tables_of(sink), *service.config, command.parameter);
  auto authorized = everybody_in(list);
  if (!authorized) authorized = widest_network_in(list);
  if (authorized) report(command, *authorized, setting, service, sink);
}

/// The parameter by which the service takes the client's address from a proxy; null: there is none.
const Setting* proxy_setting(const Service& service) {
  const bool postscreen = program_of(service) == "postscreen";
  if (!postscreen && !service.is_smtpd()) return nullptr;
  const Setting* setting = service.config->find(postscreen ? "postscreen_upstream_proxy_protocol"
                                                           : "smtpd_upstream_proxy_protocol");
  return setting != nullptr && !setting->text().empty() ? setting : nullptr;
}

/// A port to which clients connect by themselves. Behind postscreen the protocol is not spoken.
bool is_standard_port(const Service& service) {
  if (service.entry == nullptr) return true;
  const auto port = service.entry->port();
  return port == 25 || port == 465 || port == 587;
}

void look_at_proxy(const Service& service, Sink& sink) {
  const Setting* setting = proxy_setting(service);
  if (setting == nullptr || !is_standard_port(service)) return;
  sink.report(info)
      .at(setting->origin().span)
      .message(
          "whoever connects to ", service.name(),
          " past the proxy may say that he is any client, one in mynetworks, too; who does not "
          "speak the PROXY protocol is refused")
      .origin(*setting)
      .item(setting->text())
      .confidence(Confidence::possible)
      .assume("others than the proxy can connect to " + service.name());
}

void check(const Service& service, Sink& sink) {
  if (!smtpd::strangers_can_connect(service)) return;
  look_at_proxy(service, sink);
  if (!service.is_smtpd() || !relay_control(service, sink).starts()) return;
  for (const Command& command : commands) look_at_command(command, service, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::xclient_or_proxy_trust
