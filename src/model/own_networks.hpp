#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/result.hpp"

namespace postlint::model {

/// One address of a network interface and the length of its netmask.
struct Interface {
  bool ipv6 = false;
  std::array<std::uint8_t, 16> address{};  // IPv4: the first four bytes
  unsigned prefix = 0;

  [[nodiscard]] std::string address_text() const;
};

/// "192.0.2.2/24", "::1/128", or without a prefix (then the whole address).
std::optional<Interface> parse_interface(std::string_view text);

/// What inet_interfaces selects. A name other than localhost cannot be resolved offline: then
/// there are no interfaces, and `unresolved` names it.
struct InterfaceSelection {
  std::vector<Interface> interfaces;
  std::string unresolved;
};

/// A word of inet_interfaces that is an interface nowhere, whatever host and DNS say.
struct BadInterface {
  enum class Kind : std::uint8_t {
    wildcard,   // "*", 0.0.0.0
    network,    // 192.0.2.0/24
    not_alone,  // "all" or "loopback-only" in a list, or in capitals
    not_a_name  // anything else that is neither an address nor a host name
  };
  Kind kind = Kind::not_a_name;
  std::string word;
  std::string log;  // of what every program dies
};

/// The first of them.
std::optional<BadInterface> bad_interface(std::string_view inet_interfaces);

/// The interfaces that inet_interfaces selects, in order (own_inet_addr(3)): "all",
/// "loopback-only", or addresses. The Error is what makes every Postfix program die.
Result<InterfaceSelection> select_interfaces(const std::vector<std::string>& host_addresses,
                                             std::string_view inet_interfaces,
                                             std::string_view inet_protocols);

/// What the default of mynetworks hinges on.
struct NetworkSettings {
  std::string_view inet_interfaces;
  std::string_view mynetworks_style;
  std::string_view inet_protocols;
};

/// The networks of the interfaces that are selected. No value: `host_addresses` are not known, or
/// `unresolved`, a name of inet_interfaces, is not.
struct DefaultNetworks {
  std::optional<std::string> value;
  std::string unresolved = {};
};

/// The default of mynetworks (mynetworks(3)). The Error is what makes every Postfix program die.
Result<DefaultNetworks> default_mynetworks(
    const std::optional<std::vector<std::string>>& host_addresses, const NetworkSettings& settings);

}  // namespace postlint::model
