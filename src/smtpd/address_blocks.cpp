#include "src/smtpd/address_blocks.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace postlint::smtpd {
namespace {

using grammar::Address;
using grammar::Family;
using grammar::Network;

__extension__ using Wide = unsigned __int128;

Wide wide(const Address& address) {
  Wide value = 0;
  const std::size_t bytes = address.family == Family::ipv4 ? 4 : 16;
  for (std::size_t i = 0; i < bytes; ++i) value = (value << 8) | address.bytes[i];
  return value;
}

Address address_of(Wide value, bool ipv6) {
  Address address;
  address.family = ipv6 ? Family::ipv6 : Family::ipv4;
  for (std::size_t i = ipv6 ? 16 : 4; i-- > 0; value >>= 8)
    address.bytes[i] = static_cast<std::uint8_t>(value & 0xff);
  return address;
}

Wide last_of(const Network& network) {
  const unsigned bits = grammar::bit_count(network.address.family);
  const unsigned host = bits - network.prefix;
  const Wide mask = host == 128 ? ~Wide{0} : (Wide{1} << host) - 1;
  return wide(network.address) | mask;
}

std::vector<Network> parse_all(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const std::string_view text : texts)
    if (const auto parsed = grammar::parse_network(text).network) networks.push_back(*parsed);
  return networks;
}

/// IANA special-purpose registries, without the networks of documentation and of benchmarks.
const std::vector<Network>& special_networks() {
  static const std::vector<Network> networks = parse_all(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
       "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "224.0.0.0/3"});
  return networks;
}
const Network& global_unicast() {
  static const Network network = parse_all({"2000::/3"}).front();
  return network;
}

constexpr std::array<std::string_view, 6> ordinary{
    "198.51.100.23", "203.0.113.77", "192.0.2.77", "198.18.0.77", "2001:db8::77", "2001:db8:5::77"};

struct Ordinary {
  std::string_view text;
  Wide value = 0;
  bool ipv6 = false;
};

/// Addresses that look like any.
const std::vector<Ordinary>& ordinary_addresses() {
  static const std::vector<Ordinary> addresses = [] {
    std::vector<Ordinary> all;
    for (const std::string_view text : ordinary)
      if (const auto address = grammar::parse_address(text))
        all.push_back({text, wide(*address), address->family == Family::ipv6});
    return all;
  }();
  return addresses;
}

struct BlockPiece {
  Wide lo;
  Wide hi;
  bool bare = false;  // in none of the networks that were added
};

/// So many of the blocks between networks are kept: they are all alike.
constexpr std::size_t kept_between = 12;

std::string representative(const BlockPiece& piece, bool ipv6) {
  for (const Ordinary& each : ordinary_addresses())
    if (each.ipv6 == ipv6 && each.value >= piece.lo && each.value <= piece.hi)
      return std::string(each.text);
  const Wide room = piece.hi - piece.lo;
  const Wide offset = room >= 23 ? 23 : room >= 1 ? 1 : 0;
  return grammar::to_text(address_of(piece.lo + offset, ipv6));
}

}  // namespace

bool globally_routable(const Address& address) {
  if (address.family == Family::ipv6) return grammar::contains(global_unicast(), address);
  return std::none_of(special_networks().begin(), special_networks().end(),
                      [&](const Network& n) { return grammar::contains(n, address); });
}

bool holds_routable(const Network& network) {
  if (network.address.family == Family::ipv6) {
    return grammar::contains(global_unicast(), network) ||
           grammar::contains(network, global_unicast());
  }
  return std::none_of(special_networks().begin(), special_networks().end(),
                      [&](const Network& n) { return grammar::contains(n, network); });
}

bool is_loopback(const Network& network) {
  static const std::vector<Network> loopback =
      parse_all({"127.0.0.0/8", "::1", "[::ffff:127.0.0.0]/104"});
  return std::any_of(loopback.begin(), loopback.end(),
                     [&](const Network& n) { return grammar::contains(n, network); });
}

void AddressCuts::add(const Network& network) { networks_.push_back(network); }

std::vector<AddressBlock> AddressCuts::blocks(bool ipv4, bool ipv6, bool all) const {
  std::vector<AddressBlock> result;
  for (const bool v6 : {false, true}) {
    if (v6 ? !ipv6 : !ipv4) continue;
    const Family family = v6 ? Family::ipv6 : Family::ipv4;
    const Wide highest = v6 ? ~Wide{0} : Wide{0xffffffff};
    std::vector<Wide> starts{0};
    const auto cut = [&](const Network& network) {
      if (network.address.family != family) return;
      starts.push_back(wide(network.address));
      const Wide last = last_of(network);
      if (last != highest) starts.push_back(last + 1);
    };
    for (const Network& network : networks_) cut(network);
    for (const Network& network : special_networks()) cut(network);
    cut(global_unicast());
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    // How many of the networks begin, or have ended, at each place.
    std::map<Wide, int> changes;
    for (const Network& network : networks_) {
      if (network.address.family != family) continue;
      ++changes[wide(network.address)];
      if (last_of(network) != highest) --changes[last_of(network) + 1];
    }
    std::vector<BlockPiece> pieces;
    int within = 0;
    auto change = changes.begin();
    for (std::size_t i = 0; i < starts.size(); ++i) {
      for (; change != changes.end() && change->first <= starts[i]; ++change)
        within += change->second;
      const BlockPiece piece{starts[i], i + 1 < starts.size() ? starts[i + 1] - 1 : highest,
                             within == 0};
      if (all || globally_routable(address_of(piece.lo, v6))) pieces.push_back(piece);
    }
    std::stable_sort(pieces.begin(), pieces.end(), [](const BlockPiece& a, const BlockPiece& b) {
      return a.hi - a.lo > b.hi - b.lo;
    });
    std::size_t between = 0;
    for (const BlockPiece& piece : pieces) {
      const bool usual_one = representative(piece, v6) == ordinary[0];
      if (piece.bare && ++between > kept_between && !usual_one) continue;
      AddressBlock block;
      block.ipv6 = v6;
      block.representative = representative(piece, v6);
      const Wide room = piece.hi - piece.lo;
      for (const Wide offset : {Wide{0}, room / 3, room})
        block.few.push_back(grammar::to_text(address_of(piece.lo + offset, v6)));
      result.push_back(std::move(block));
    }
  }
  const auto usual = std::find_if(result.begin(), result.end(), [](const AddressBlock& b) {
    return b.representative == ordinary[0];
  });
  if (usual != result.end()) std::rotate(result.begin(), usual, usual + 1);
  return result;
}

std::optional<Network> network_of_key(std::string_view key) {
  if (key.empty()) return std::nullopt;
  if (const auto address = grammar::parse_address(key))
    return Network{*address, static_cast<std::uint8_t>(grammar::bit_count(address->family))};
  const bool digits = key.find_first_not_of("0123456789.") == std::string_view::npos;
  if (digits) {
    const auto dots = std::count(key.begin(), key.end(), '.');
    if (dots > 2 || key.back() == '.') return std::nullopt;
    std::string full(key);
    for (auto i = dots; i < 3; ++i) full += ".0";
    const auto address = grammar::parse_address(full);
    if (!address) return std::nullopt;
    return Network{*address, static_cast<std::uint8_t>(8 * (dots + 1))};
  }
  if (key.find(':') == std::string_view::npos ||
      key.find_first_not_of("0123456789abcdefABCDEF:") != std::string_view::npos)
    return std::nullopt;
  const auto groups = std::count(key.begin(), key.end(), ':') + 1;
  const auto address = grammar::parse_address(std::string(key) + "::");
  if (!address || groups > 7) return std::nullopt;
  return Network{*address, static_cast<std::uint8_t>(16 * groups)};
}

std::string network_size(const Network& network) {
  const unsigned host = grammar::bit_count(network.address.family) - network.prefix;
  if (host == 128) return "340282366920938463463374607431768211456";
  Wide value = Wide{1} << host;
  std::string digits;
  for (; value != 0; value /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  return digits;
}

}  // namespace postlint::smtpd
