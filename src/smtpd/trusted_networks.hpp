#pragma once

#include <vector>

#include "grammar/network.hpp"
#include "src/smtpd/match_list.hpp"

namespace postlint::smtpd {

/// One block of addresses that a pattern list names, by itself or in a cidr: table.
struct ListedNetwork {
  grammar::Network network;
  bool negated = false;
  text::Span span;
  std::string text;  // as written
};

/// The value of mynetworks, smtpd_authorized_xclient_hosts or such as a pattern list.
MatchList client_list(const TableSet& tables, const model::EffectiveConfig& config,
                      std::string_view parameter);
/// mynetworks.
MatchList trusted_clients(const TableSet& tables, const model::EffectiveConfig& config);

/// Addresses and networks of the list in order of search, those of cidr: tables included.
/// Patterns that Postfix cannot parse are left out.
std::vector<ListedNetwork> listed_networks(const MatchList& list);

/// The tables of a configuration, as far as their sources are here.
TableSet tables_at_hand(const model::Workspace& workspace);

}  // namespace postlint::smtpd
