#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/ast.hpp"

namespace postlint::grammar {

enum class Family : std::uint8_t { ipv4, ipv6 };

constexpr unsigned bit_count(Family family) { return family == Family::ipv4 ? 32 : 128; }

/// An address in network byte order; of IPv4 the first four bytes count.
struct Address {
  Family family = Family::ipv4;
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const Address&, const Address&) = default;
};

/// An address and how many of its leading bits count; the others are zero.
struct Network {
  Address address;
  std::uint8_t prefix = 0;

  friend bool operator==(const Network&, const Network&) = default;
};

/// An address as inet_pton(3) takes it: four decimal numbers without leading zeros, or IPv6 with
/// or without "::" and a dotted tail. No brackets, no scope. A text with ':' is IPv6.
std::optional<Address> parse_address(std::string_view text);

/// As inet_ntop(3) writes it: what Postfix logs and looks up.
std::string to_text(const Address& address);
/// "192.0.2.0/24"
std::string to_text(const Network& network);

/// The address without the bits behind the first `prefix` ones.
Address masked(Address address, unsigned prefix);
/// False for addresses of the other family.
bool contains(const Network& network, const Address& address);
/// Is each address of `inner` one of `outer`?
bool contains(const Network& outer, const Network& inner);

/// Why cidr_match_parse(3) refuses a pattern.
enum class NetworkProblem : std::uint8_t {
  none,
  host_bits,             // non-null host address bits in "A/N"
  bad_mask_value,        // what follows '/' is not a number
  bad_mask_length,       // more bits than the address has
  bad_network_value,     // not an address before '/'
  bad_address,           // not an address, and no '/'
  missing_bracket,       // '[' without ']'
  garbage_after_bracket  // text other than /length after ']'
};

/// An address pattern of a match list or a cidr: table: address, address/length, [address],
/// [address]/length, [address/length].
struct NetworkPattern {
  std::optional<Network> network;
  NetworkProblem problem = NetworkProblem::none;
  Range at;       // of the problem: the mask, the address, or the text after the bracket
  Range address;  // without brackets
  Range mask;     // without '/'; empty where there is none
};

NetworkPattern parse_network(std::string_view text);

/// The network that Postfix suggests in place of a pattern with host bits ("192.0.2.0/24"); for
/// all other patterns empty.
std::string suggested_network(std::string_view text, const NetworkPattern& pattern);

/// What Postfix logs about the pattern; empty where there is no problem.
std::string problem_text(std::string_view text, const NetworkPattern& pattern);

/// Does match_hostaddr(3) read this (lower-case) pattern of a match list as an address or network?
/// Only then is it ever parsed, and its mistakes reported: patterns with other characters than
/// those of addresses are compared as host names, plain IPv4 addresses as strings.
bool is_network_pattern(std::string_view pattern);

}  // namespace postlint::grammar
