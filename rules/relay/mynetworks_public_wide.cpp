#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_public_wide {

constexpr RuleInfo info{.id = "relay/mynetworks-public-wide",
                        .title = "mynetworks holds a large part of the public Internet",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

using grammar::Family;
using grammar::Network;

Network network(std::string_view text) { return *grammar::parse_network(text).network; }

/// Blocks that look like the private ones, with the one that was meant.
struct Mistyped {
  std::string_view outer;
  std::string_view meant;
};
constexpr Mistyped mistyped[] = {{"172.0.0.0/8", "172.16.0.0/12"},
                                 {"192.0.0.0/8", "192.168.0.0/16"},
                                 {"169.0.0.0/8", "169.254.0.0/16"},
                                 {"100.0.0.0/8", "100.64.0.0/10"},
                                 {"10.0.0.0/7", "10.0.0.0/8"}};

/// The private block that a wide public one was meant to be; empty for others.
std::string_view meant(const Network& block) {
  for (const Mistyped& each : mistyped) {
    const Network outer = network(each.outer);
    const bool same_start = block.address == outer.address;
    if (same_start && block.prefix >= outer.prefix && block.prefix <= 16) return each.meant;
    if (grammar::contains(outer, block) && grammar::contains(block, network(each.meant)) &&
        block.prefix < network(each.meant).prefix) {
      return each.meant;
    }
  }
  return {};
}

/// How many strangers, in words; empty: few enough to be somebody's own network.
std::string size_of(const Network& block) {
  if (block.address.family == Family::ipv6) {
    const bool global = (block.address.bytes[0] & 0xe0U) == 0x20U;
    return global && block.prefix > 3 && block.prefix < 29 ? "a part of the public IPv6 Internet"
                                                           : "";
  }
  if (block.prefix < 2 || block.prefix > 19) return {};
  return std::to_string(std::uint64_t{1} << (32U - block.prefix)) + " addresses";
}

/// What all findings of the rule have in common.
FindingBuilder& describe(FindingBuilder& finding, const smtpd::ListedNetwork& listed,
                         const Service& service, Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), listed.span);
  return finding.origin(service.config->at("mynetworks"))
      .parameter(name.empty() ? "mynetworks" : name)
      .item(listed.text);
}

void report_mistyped(const smtpd::ListedNetwork& listed, const Service& service, Sink& sink) {
  const std::string better(meant(listed.network));
  auto finding = sink.report(info).at(listed.span);
  describe(finding, listed, service, sink)
      .message(listed.text, " stands for ", size_of(listed.network),
               ", most of them public: strangers may relay")
      .label("the private range is ", better)
      .fix(Fix::unsafe("trust only " + better + "; other addresses can no longer relay")
               .replace(listed.span, better));
}

bool is_wider(const smtpd::ListedNetwork& a, const smtpd::ListedNetwork& b) {
  return a.network.prefix < b.network.prefix;
}

/// All other blocks: the first of them as places, the rest by name.
void add_others(FindingBuilder& finding, const std::vector<smtpd::ListedNetwork>& wide,
                const smtpd::ListedNetwork& shown) {
  constexpr std::size_t most = 20;
  std::string rest;
  std::size_t count = 0;
  for (const smtpd::ListedNetwork& each : wide) {
    if (&each == &shown) continue;
    if (++count <= most) {
      finding.related(each.span, "another wide block: " + size_of(each.network));
    } else {
      rest += (rest.empty() ? "" : ", ") + each.text;
    }
  }
  if (count > most) finding.note(std::to_string(count - most), " wide blocks more: ", rest);
}

/// One finding a list, at its widest block: who trusts a provider's networks names many of them.
void report_wide(const std::vector<smtpd::ListedNetwork>& wide, const Service& service,
                 Sink& sink) {
  const smtpd::ListedNetwork& widest = *std::min_element(wide.begin(), wide.end(), is_wider);
  auto finding = sink.report(info).at(widest.span);
  describe(finding, widest, service, sink)
      .message(widest.text, " stands for ", size_of(widest.network),
               ": whoever has one of them may relay")
      .severity(Severity::warning)
      // Universities and providers do own blocks of /16.
      .confidence(widest.network.address.family == Family::ipv4 && widest.network.prefix >= 16
                      ? Confidence::possible
                      : Confidence::likely);
  add_others(finding, wide, widest);
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default() || !relay_control(service, sink).trusts_mynetworks()) return;
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::MatchList list = smtpd::trusted_clients(tables, *service.config);
  std::vector<smtpd::ListedNetwork> wide;
  for (const smtpd::ListedNetwork& listed : smtpd::listed_networks(list)) {
    if (listed.negated || !smtpd::holds_routable(listed.network) || size_of(listed.network).empty())
      continue;
    if (meant(listed.network).empty()) {
      wide.push_back(listed);
    } else {
      report_mistyped(listed, service, sink);
    }
  }
  if (!wide.empty()) report_wide(wide, service, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_public_wide
