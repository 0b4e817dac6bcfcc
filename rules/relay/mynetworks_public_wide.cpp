#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_public_wide {

constexpr RuleInfo info{.id = "relay/mynetworks-public-wide",
                        .title = "mynetworks holds a large part of the public Internet",
                        .severity = Severity::error};

using grammar::Family;
using grammar::Network;

Network network(std::string_view text) { return *grammar::parse_network(text).network; }

/// Blocks that never stand for strangers on the Internet (RFC 6890).
const std::vector<Network>& own_blocks() {
  static const std::vector<Network> blocks{network("10.0.0.0/8"),     network("172.16.0.0/12"),
                                           network("192.168.0.0/16"), network("127.0.0.0/8"),
                                           network("169.254.0.0/16"), network("100.64.0.0/10"),
                                           network("[fc00::]/7"),     network("[fe80::]/10")};
  return blocks;
}

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

bool is_private(const Network& block) {
  return std::any_of(own_blocks().begin(), own_blocks().end(),
                     [&](const Network& own) { return grammar::contains(own, block); });
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

void report(const smtpd::ListedNetwork& listed, const Service& service, Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), listed.span);
  const std::string_view better = meant(listed.network);
  const bool v4 = listed.network.address.family == Family::ipv4;
  auto finding = sink.report(info).at(listed.span);
  finding
      .message(listed.text, " stands for ", size_of(listed.network),
               better.empty() ? ": whoever has one of them may relay"
                              : ", most of them public: strangers may relay")
      .origin(service.config->at("mynetworks"))
      .parameter(name.empty() ? "mynetworks" : name)
      .item(listed.text);
  if (!better.empty()) {
    finding.label("the private range is ", better)
        .fix(Fix::unsafe("trust only " + std::string(better) +
                         "; other addresses can no longer relay")
                 .replace(listed.span, std::string(better)));
  } else if (v4 && listed.network.prefix >= 16) {
    // Universities and providers do own such blocks.
    finding.severity(Severity::warning).confidence(Confidence::possible);
  } else {
    finding.severity(Severity::warning).confidence(Confidence::likely);
  }
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default() || !relay_control(sink.lists(service)).trusts_mynetworks()) return;
  const auto& tables =
      sink.shared<smtpd::TableSet>([&] { return smtpd::tables_at_hand(sink.workspace()); });
  const smtpd::MatchList list = smtpd::trusted_clients(tables, *service.config);
  for (const smtpd::ListedNetwork& listed : smtpd::listed_networks(list)) {
    if (listed.negated || is_private(listed.network) || size_of(listed.network).empty()) continue;
    report(listed, service, sink);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_public_wide
