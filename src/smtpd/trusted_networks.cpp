#include "src/smtpd/trusted_networks.hpp"

#include <utility>

namespace postlint::smtpd {

namespace {

std::optional<grammar::Network> network_of(std::string_view text) {
  if (const auto address = grammar::parse_address(text)) {
    return grammar::Network{*address,
                            static_cast<std::uint8_t>(grammar::bit_count(address->family))};
  }
  if (!grammar::is_network_pattern(text)) return std::nullopt;
  return grammar::parse_network(text).network;
}

void add_table(const MatchList::Pattern& pattern, std::vector<ListedNetwork>& networks) {
  pattern.table->each_entry([&](const TableEntry& entry) {
    const bool block = entry.kind == TableEntry::Kind::network;
    const auto network = block ? grammar::parse_network(entry.pattern).network : std::nullopt;
    if (network && !entry.negated && !entry.conditional) {
      networks.push_back({*network, pattern.negated, entry.span, std::string(entry.pattern)});
    }
    return true;
  });
}

}  // namespace

MatchList client_list(const TableSet& tables, const model::EffectiveConfig& config,
                      std::string_view parameter) {
  return {tables,
          std::string(parameter),
          config.at(parameter).view(),
          MatchList::Type::name_address,
          parent_domains_match(tables, config, parameter),
          MatchList::OnError::temporary,
          config};
}

MatchList trusted_clients(const TableSet& tables, const model::EffectiveConfig& config) {
  return client_list(tables, config, "mynetworks");
}

std::vector<ListedNetwork> listed_networks(const MatchList& list) {
  std::vector<ListedNetwork> networks;
  for (const MatchList::Pattern& pattern : list.patterns()) {
    if (pattern.table != nullptr) {
      add_table(pattern, networks);
    } else if (const auto network = network_of(pattern.text)) {
      networks.push_back({*network, pattern.negated, pattern.span, pattern.written});
    }
  }
  return networks;
}

TableSet tables_at_hand(const model::Workspace& workspace) {
  static const TableAnswers none;
  return {workspace, none, MissingTables::unknown};
}

}  // namespace postlint::smtpd
