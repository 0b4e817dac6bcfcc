#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/network.hpp"

namespace postlint::smtpd {

/// A part of the address space within which no boundary of the given networks lies.
struct AddressBlock {
  std::string representative;    // one of its addresses
  std::vector<std::string> few;  // up to three others
  bool ipv6 = false;
};

/// Cuts the address space at the boundaries of networks.
class AddressCuts {
 public:
  void add(const grammar::Network& network);
  /// The blocks that hold globally routable addresses (documentation and benchmark networks stand
  /// for such), IPv4 first, larger ones first; the block of 198.51.100.23 leads, where there is
  /// one. `all`: also those that are not routable.
  [[nodiscard]] std::vector<AddressBlock> blocks(bool ipv4, bool ipv6, bool all) const;

 private:
  std::vector<grammar::Network> networks_;
};

/// Can such an address come from anywhere in the Internet?
bool globally_routable(const grammar::Address& address);

/// Is any of its addresses such a one?
bool holds_routable(const grammar::Network& network);
/// No address but those by which a host speaks to itself.
bool is_loopback(const grammar::Network& network);

/// "10", "10.1", "10.1.2", "2001:db8:1" as a key of an access table: the network that it stands
/// for.
std::optional<grammar::Network> network_of_key(std::string_view key);

/// The number of addresses of a network, in decimal.
std::string network_size(const grammar::Network& network);

}  // namespace postlint::smtpd
