#include "src/model/own_networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "grammar/restriction_list.hpp"
#include "src/text/ascii.hpp"

namespace postlint::model {

namespace {

constexpr unsigned ipv4_bits = 32;
constexpr unsigned ipv6_bits = 128;

unsigned address_bits(const Interface& interface) { return interface.ipv6 ? ipv6_bits : ipv4_bits; }

bool is_loopback(const Interface& interface) {
  if (!interface.ipv6) return interface.address[0] == 127;
  return std::all_of(interface.address.begin(), interface.address.end() - 1,
                     [](std::uint8_t byte) { return byte == 0; }) &&
         interface.address.back() == 1;
}

struct Protocols {
  bool ipv4 = false;
  bool ipv6 = false;
  [[nodiscard]] bool allow(const Interface& interface) const {
    return interface.ipv6 ? ipv6 : ipv4;
  }
};

/// The Error is the fatal error of name_mask(3).
Result<Protocols> parse_protocols(std::string_view text) {
  Protocols protocols;
  for (const text::Range word : grammar::parse_plain_list(text)) {
    const std::string_view name = text.substr(word.lo, word.size());
    if (name == "all" || name == "ipv4") protocols.ipv4 = true;
    if (name == "all" || name == "ipv6") protocols.ipv6 = true;
    if (name != "all" && name != "ipv4" && name != "ipv6") {
      return Error{"unknown inet_protocols value \"" + std::string(name) + "\" in \"" +
                   std::string(text) + "\""};
    }
  }
  return protocols;
}

/// The prefix length that class A, B or C addressing gives; nothing for other addresses.
std::optional<unsigned> class_prefix(std::uint8_t first_byte) {
  if (first_byte < 128) return 8;
  if (first_byte < 192) return 16;
  if (first_byte < 224) return 24;
  if (first_byte < 240) return 4;
  return std::nullopt;
}

std::string_view without_brackets(std::string_view word) {
  const bool both = word.size() > 2 && word.front() == '[' && word.back() == ']';
  return both ? word.substr(1, word.size() - 2) : word;
}

/// '%' is for the scope of an IPv6 address.
bool may_be_name(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return text::is_letter(c) || text::is_digit(c) || !text::is_ascii(c) ||
           std::string_view("._-%").find(c) != std::string_view::npos;
  });
}

bool is_unspecified(const Interface& interface) {
  return std::all_of(interface.address.begin(), interface.address.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

std::optional<BadInterface::Kind> interface_problem(std::string_view word) {
  using Kind = BadInterface::Kind;
  if (text::same_word(word, "all") || text::same_word(word, "loopback-only"))
    return Kind::not_alone;
  if (word == "*") return Kind::wildcard;
  const auto address = parse_interface(word);
  if (word.find('/') != std::string_view::npos) {
    return address ? Kind::network : Kind::not_a_name;
  }
  if (address) return is_unspecified(*address) ? std::optional(Kind::wildcard) : std::nullopt;
  const bool scoped = word.find('%') != std::string_view::npos;
  if (scoped || may_be_name(word)) return std::nullopt;
  return Kind::not_a_name;
}

std::string network_text(Interface interface, unsigned prefix) {
  for (unsigned bit = prefix; bit < address_bits(interface); ++bit) {
    interface.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  const std::string address = interface.address_text();
  return (interface.ipv6 ? "[" + address + "]" : address) + "/" + std::to_string(prefix);
}

}  // namespace

std::string Interface::address_text() const {
  char buffer[INET6_ADDRSTRLEN] = "";
  inet_ntop(ipv6 ? AF_INET6 : AF_INET, address.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<Interface> parse_interface(std::string_view text) {
  Interface interface;
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  interface.ipv6 = address.find(':') != std::string::npos;
  if (inet_pton(interface.ipv6 ? AF_INET6 : AF_INET, address.c_str(), interface.address.data()) !=
      1) {
    return std::nullopt;
  }
  interface.prefix = address_bits(interface);
  if (slash == std::string_view::npos) return interface;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), interface.prefix);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      interface.prefix > address_bits(interface)) {
    return std::nullopt;
  }
  return interface;
}

std::optional<BadInterface> bad_interface(std::string_view inet_interfaces) {
  if (inet_interfaces == "all" || inet_interfaces == "loopback-only") return std::nullopt;
  for (const text::Range range : grammar::parse_plain_list(inet_interfaces)) {
    const std::string_view word = inet_interfaces.substr(range.lo, range.size());
    const std::string_view host = without_brackets(word);
    const auto problem = interface_problem(host);
    if (!problem) continue;
    const bool is_address =
        parse_interface(host).has_value() && *problem != BadInterface::Kind::network;
    return BadInterface{
        *problem, std::string(word),
        is_address ? "parameter inet_interfaces: no local interface found for " + std::string(host)
                   : "config variable inet_interfaces: host not found: " + std::string(word)};
  }
  return std::nullopt;
}

Result<InterfaceSelection> select_interfaces(const std::vector<std::string>& host_addresses,
                                             std::string_view inet_interfaces,
                                             std::string_view inet_protocols) {
  const auto protocols = parse_protocols(inet_protocols);
  if (!protocols) return protocols.error();
  std::vector<Interface> own;
  for (const std::string& text : host_addresses) {
    const auto interface = parse_interface(text);
    if (interface && protocols->allow(*interface)) own.push_back(*interface);
  }
  if (inet_interfaces == "all") return InterfaceSelection{own, ""};
  std::vector<Interface> selected;
  std::string_view unresolved;
  if (inet_interfaces == "loopback-only") {
    std::copy_if(own.begin(), own.end(), std::back_inserter(selected), is_loopback);
    return InterfaceSelection{selected, ""};
  }
  for (const text::Range word : grammar::parse_plain_list(inet_interfaces)) {
    const std::string_view name = without_brackets(inet_interfaces.substr(word.lo, word.size()));
    if (name == "localhost") {
      std::copy_if(own.begin(), own.end(), std::back_inserter(selected), is_loopback);
      continue;
    }
    const auto wanted = parse_interface(name);
    if (!wanted || name.find('/') != std::string_view::npos) {
      if (unresolved.empty()) unresolved = name;
      continue;
    }
    const auto found = std::find_if(own.begin(), own.end(), [&](const Interface& interface) {
      return interface.ipv6 == wanted->ipv6 && interface.address == wanted->address;
    });
    if (found == own.end()) {
      return Error{"parameter inet_interfaces: no local interface found for " + std::string(name)};
    }
    selected.push_back(*found);
  }
  if (!unresolved.empty()) return InterfaceSelection{{}, std::string(unresolved)};
  return InterfaceSelection{selected, ""};
}

namespace {

enum class Style : std::uint8_t { network_class, subnet, host };

/// A list by the letter, which has to come to one word.
Result<Style> parse_style(std::string_view text) {
  constexpr std::string_view names[] = {"class", "subnet", "host"};
  std::array<bool, std::size(names)> seen{};
  for (const std::string_view word : grammar::plain_words(text)) {
    const auto* name = std::find(std::begin(names), std::end(names), word);
    if (name == std::end(names)) {
      return Error{"unknown mynetworks mask style value \"" + std::string(word) + "\" in \"" +
                   std::string(text) + "\""};
    }
    seen[static_cast<std::size_t>(name - names)] = true;
  }
  if (std::count(seen.begin(), seen.end(), true) != 1) {
    return Error{"bad mynetworks_style value: " + std::string(text) +
                 "; specify exactly one value"};
  }
  return static_cast<Style>(std::find(seen.begin(), seen.end(), true) - seen.begin());
}

Result<unsigned> prefix_of(const Interface& interface, Style style) {
  if (style == Style::host) return address_bits(interface);
  if (style == Style::subnet || interface.ipv6) return interface.prefix;
  const auto natural = class_prefix(interface.address[0]);
  if (!natural) return Error{"unknown address class: " + interface.address_text()};
  return *natural;
}

}  // namespace

Result<DefaultNetworks> default_mynetworks(
    const std::optional<std::vector<std::string>>& host_addresses,
    const NetworkSettings& settings) {
  const auto protocols = parse_protocols(settings.inet_protocols);
  if (!protocols) return protocols.error();
  if (!protocols->ipv4 && !protocols->ipv6) return DefaultNetworks{""};
  const auto style = parse_style(settings.mynetworks_style);
  if (!style) return style.error();
  if (!host_addresses) return DefaultNetworks{};
  const auto selected =
      select_interfaces(*host_addresses, settings.inet_interfaces, settings.inet_protocols);
  if (!selected) return selected.error();
  if (!selected->unresolved.empty()) return DefaultNetworks{std::nullopt, selected->unresolved};
  std::vector<std::string> networks;
  for (const Interface& interface : selected->interfaces) {
    const auto prefix = prefix_of(interface, *style);
    if (!prefix) return prefix.error();
    std::string network = network_text(interface, *prefix);
    if (std::find(networks.begin(), networks.end(), network) == networks.end()) {
      networks.push_back(std::move(network));
    }
  }
  std::string joined;
  for (const std::string& network : networks) joined += network + " ";
  return DefaultNetworks{std::move(joined)};
}

}  // namespace postlint::model
