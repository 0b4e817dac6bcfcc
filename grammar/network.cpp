#include "grammar/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "grammar/x3/primitives.hpp"
#include "src/text/ascii.hpp"

namespace postlint::grammar {
namespace {

using x3p::span, x3p::up_to;

constexpr x3p::CharClass ipv4_chars{"0123456789."};
constexpr x3p::CharClass pattern_chars = ipv4_chars | x3p::CharClass{"abcdefABCDEF:[]/"};

constexpr auto masked_address = span[up_to('/')] >> '/' >> span[x3p::rest];
constexpr auto bracketed = '[' >> span[up_to(']')] >> ']' >> span[x3p::rest];

constexpr std::size_t longest_address = INET6_ADDRSTRLEN - 1;

/// atoi(3) of a text of digits, kept in the one byte that Postfix has for it: 256 is 0.
std::uint8_t mask_length(std::string_view digits) {
  constexpr std::uint64_t longest = 0x7fffffffffffffff;
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (longest - digit) / 10) return 0xff;
    value = value * 10 + digit;
  }
  return static_cast<std::uint8_t>(value);
}

void refuse(NetworkPattern& pattern, NetworkProblem problem, Range at) {
  pattern.problem = problem;
  pattern.at = at;
}

/// Is a bit behind the prefix set? As masked() != address, for tables of a million networks.
bool has_host_bits(const Address& address, unsigned prefix) {
  const std::size_t size = bit_count(address.family) / 8;
  std::size_t at = prefix / 8;
  if (at < size && (address.bytes[at] & (0xffU >> prefix % 8)) != 0) return true;
  while (++at < size) {
    if (address.bytes[at] != 0) return true;
  }
  return false;
}

/// The checks of cidr_match_parse(3), in its order.
void read_masked(std::string_view text, NetworkPattern& pattern) {
  const std::string_view literal_address = slice(text, pattern.address);
  const std::string_view mask = slice(text, pattern.mask);
  const Family family =
      literal_address.find(':') != std::string_view::npos ? Family::ipv6 : Family::ipv4;
  if (!text::all_digits(mask)) return refuse(pattern, NetworkProblem::bad_mask_value, pattern.mask);
  const std::uint8_t length = mask_length(mask);
  if (length > bit_count(family)) {
    return refuse(pattern, NetworkProblem::bad_mask_length, pattern.mask);
  }
  const std::optional<Address> address = parse_address(literal_address);
  if (!address) return refuse(pattern, NetworkProblem::bad_network_value, pattern.address);
  if (has_host_bits(*address, length)) {
    return refuse(pattern, NetworkProblem::host_bits, {pattern.address.lo, pattern.mask.hi});
  }
  pattern.network = Network{*address, length};
}

void read_bare(std::string_view text, NetworkPattern& pattern) {
  const std::optional<Address> address = parse_address(slice(text, pattern.address));
  if (!address) return refuse(pattern, NetworkProblem::bad_address, pattern.address);
  pattern.network = Network{*address, static_cast<std::uint8_t>(bit_count(address->family))};
}

}  // namespace

namespace {

/// What inet_pton(3) takes: four numbers of up to three digits, without leading zeros. By itself,
/// as tables hold a million of them.
std::optional<Address> parse_ipv4(std::string_view text) {
  Address address;
  address.family = Family::ipv4;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && (at == text.size() || text[at++] != '.')) return std::nullopt;
    const std::size_t start = at;
    unsigned value = 0;
    for (; at < text.size() && text::is_digit(text[at]) && at - start < 3; ++at) {
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    }
    const bool leading_zero = at - start > 1 && text[start] == '0';
    if (at == start || leading_zero || value > 255) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(value);
  }
  return at == text.size() ? std::optional(address) : std::nullopt;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return parse_ipv4(text);
  if (text.size() > longest_address) return std::nullopt;
  char copy[longest_address + 1];
  text.copy(copy, text.size());
  copy[text.size()] = '\0';
  if (std::strlen(copy) != text.size()) return std::nullopt;
  Address address;
  address.family = Family::ipv6;
  if (inet_pton(AF_INET6, copy, address.bytes.data()) != 1) return std::nullopt;
  return address;
}

namespace {

std::string ipv4_text(const Address& address) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) text += '.';
    const unsigned byte = address.bytes[i];
    if (byte >= 100) text += static_cast<char>('0' + byte / 100);
    if (byte >= 10) text += static_cast<char>('0' + byte / 10 % 10);
    text += static_cast<char>('0' + byte % 10);
  }
  return text;
}

}  // namespace

std::string to_text(const Address& address) {
  if (address.family == Family::ipv4) return ipv4_text(address);
  char buffer[INET6_ADDRSTRLEN];
  const char* text = inet_ntop(AF_INET6, address.bytes.data(), buffer, sizeof buffer);
  return text != nullptr ? text : "";
}

std::string to_text(const Network& network) {
  return to_text(network.address) + '/' + std::to_string(network.prefix);
}

Address masked(Address address, unsigned prefix) {
  const std::size_t size = bit_count(address.family) / 8;
  for (std::size_t i = prefix / 8; i < size; ++i) {
    const unsigned kept = i == prefix / 8 ? prefix % 8 : 0;
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00U >> kept));
  }
  return address;
}

bool contains(const Network& network, const Address& address) {
  return network.address.family == address.family &&
         masked(address, network.prefix) == network.address;
}

bool contains(const Network& outer, const Network& inner) {
  return outer.prefix <= inner.prefix && contains(outer, inner.address);
}

NetworkPattern parse_network(std::string_view text) {
  NetworkPattern pattern;
  Range inside{0, static_cast<std::uint32_t>(text.size())};
  Range after;
  if (!text.empty() && text.front() == '[') {
    if (!x3p::parse(text, bracketed, inside, after)) {
      refuse(pattern, NetworkProblem::missing_bracket, inside);
      pattern.address = {1, inside.hi};
      return pattern;
    }
    if (!after.empty() && text[after.lo] != '/') {
      pattern.address = inside;
      refuse(pattern, NetworkProblem::garbage_after_bracket, after);
      return pattern;
    }
  }
  pattern.address = inside;
  if (!after.empty()) {
    pattern.mask = {after.lo + 1, after.hi};
    read_masked(text, pattern);
  } else if (x3p::parse(text, inside, masked_address, pattern.address, pattern.mask)) {
    read_masked(text, pattern);
  } else {
    read_bare(text, pattern);
  }
  return pattern;
}

std::string suggested_network(std::string_view text, const NetworkPattern& pattern) {
  if (pattern.problem != NetworkProblem::host_bits) return {};
  const std::optional<Address> address = parse_address(slice(text, pattern.address));
  if (!address) return {};
  const std::uint8_t length = mask_length(slice(text, pattern.mask));
  return to_text(Network{masked(*address, length), length});
}

std::string problem_text(std::string_view text, const NetworkPattern& pattern) {
  const std::string address(slice(text, pattern.address));
  const std::string whole = '"' + address + '/' + std::string(slice(text, pattern.mask)) + '"';
  switch (pattern.problem) {
    case NetworkProblem::none:
      return {};
    case NetworkProblem::host_bits:
      return "non-null host address bits in " + whole + ", perhaps you should use \"" +
             suggested_network(text, pattern) + "\" instead";
    case NetworkProblem::bad_mask_value:
      return "bad mask value in " + whole;
    case NetworkProblem::bad_mask_length:
      return "bad mask length in " + whole;
    case NetworkProblem::bad_network_value:
      return "bad network value in " + whole;
    case NetworkProblem::bad_address:
      return "bad address pattern: \"" + address + '"';
    case NetworkProblem::missing_bracket:
      return "missing ']' character after \"[" + address + '"';
    case NetworkProblem::garbage_after_bracket:
      return "garbage after \"[" + address + "]\"";
  }
  return {};
}

bool is_network_pattern(std::string_view pattern) {
  bool marked = false;
  for (const char c : pattern) {
    if (!pattern_chars.has(c)) return false;
    marked = marked || c == ':' || c == '/';
  }
  return marked;
}

}  // namespace postlint::grammar
