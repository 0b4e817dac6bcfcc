#include "src/cli/host.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <span>

namespace postlint::cli {

namespace {

/// Leading one bits of a netmask.
int prefix_length(std::span<const unsigned char> mask) {
  int bits = 0;
  for (const unsigned char byte : mask) {
    for (int bit = 7; bit >= 0; --bit, ++bits) {
      if ((byte >> bit & 1) == 0) return bits;
    }
  }
  return bits;
}

/// The address bytes of a socket address, whatever its family; empty for other families.
std::span<const unsigned char> address_bytes(const sockaddr* address, sa_family_t family) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(address);
  if (family == AF_INET) return {bytes + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)};
  if (family == AF_INET6) return {bytes + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr)};
  return {};
}

std::optional<std::string> address_text(const ifaddrs& interface) {
  if (interface.ifa_addr == nullptr || interface.ifa_netmask == nullptr) return std::nullopt;
  if ((interface.ifa_flags & IFF_UP) == 0) return std::nullopt;
  const sa_family_t family = interface.ifa_addr->sa_family;
  const auto bytes = address_bytes(interface.ifa_addr, family);
  if (bytes.empty()) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return std::nullopt;
  const int bits = prefix_length(address_bytes(interface.ifa_netmask, family));
  return std::string(text.data()) + "/" + std::to_string(bits);
}

}  // namespace

model::HostFacts ask_this_host() {
  model::HostFacts facts;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) facts.name = name.data();
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return facts;
  facts.addresses.emplace();
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (auto text = address_text(*each)) facts.addresses->push_back(std::move(*text));
  }
  ::freeifaddrs(interfaces);
  return facts;
}

}  // namespace postlint::cli
