#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "grammar/network.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/resolve.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

/// As getaddrinfo(3) takes a numerical host: "127.0.0.01" is an address, too.
std::optional<grammar::Address> parse_host(std::string_view text) {
  if (text.find(':') != npos) return grammar::parse_address(text);
  in_addr address{};
  if (inet_aton(std::string(text).c_str(), &address) == 0) return {};
  grammar::Address result;
  std::memcpy(result.bytes.data(), &address, sizeof address);
  return result;
}

bool is_loopback_address(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

std::string without_prefix_length(std::string_view address) {
  return std::string(address.substr(0, address.find('/')));
}

bool contains(const std::vector<std::string>& addresses, const grammar::Address& wanted) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& a) { return parse_host(a) == wanted; });
}

/// Words of inet_interfaces and proxy_interfaces.
std::vector<std::string> split_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  while (true) {
    const std::size_t start = text.find_first_not_of(" \t,");
    if (start == npos) return hosts;
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
    hosts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// Addresses of a host as far as they are known without the DNS; false: they are not.
bool add_host(std::string_view host, std::vector<std::string>& addresses) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (parse_host(host)) {
    addresses.emplace_back(host);
    return true;
  }
  if (casefold(host, false) != "localhost") return false;
  addresses.emplace_back("127.0.0.1");
  addresses.emplace_back("::1");
  return true;
}

}  // namespace

LocalDomains::LocalDomains(const TableSet& tables, const model::EffectiveConfig& config)
    : mydestination_(tables, "mydestination", config.at("mydestination").view(),
                     MatchList::Type::string, false, MatchList::OnError::temporary, config) {
  read_interfaces(config);
  for (const std::string& host : split_hosts(config.text("proxy_interfaces"))) {
    if (!add_host(host, proxy_)) proxy_complete_ = false;
  }
}

void LocalDomains::read_interfaces(const model::EffectiveConfig& config) {
  const std::string_view interfaces = config.text("inet_interfaces");
  const bool all = interfaces == "all";
  if (!all && interfaces != "loopback-only") {
    for (const std::string& host : split_hosts(interfaces)) {
      if (!add_host(host, own_)) own_complete_ = false;
    }
    return;
  }
  const std::optional<std::vector<std::string>>& host = config.host().addresses;
  own_complete_ = host.has_value() || !all;
  for (const std::string& address : host.value_or(std::vector<std::string>{"127.0.0.1", "::1"})) {
    if (all || is_loopback_address(address)) own_.push_back(without_prefix_length(address));
  }
}

MatchOutcome::Kind LocalDomains::is_own_address(std::string_view address) const {
  const std::optional<grammar::Address> wanted = parse_host(address);
  if (!wanted) return MatchOutcome::Kind::no_match;
  if (contains(own_, *wanted) || contains(proxy_, *wanted)) return MatchOutcome::Kind::match;
  return own_complete_ && proxy_complete_ ? MatchOutcome::Kind::no_match
                                          : MatchOutcome::Kind::unknown;
}

LocalOutcome LocalDomains::match(std::string_view domain) const {
  LocalOutcome result;
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || domain.ends_with('.')) return result;
  result.list = mydestination_.match(domain);
  result.kind = result.list.kind;
  result.reason = result.list.reason;
  if (result.kind == MatchOutcome::Kind::match || result.kind == MatchOutcome::Kind::error) {
    return result;
  }
  if (domain.front() != '[' || domain.back() != ']') return result;
  const auto address = literal_address(domain.substr(1, domain.size() - 2));
  if (!address) return result;
  const MatchOutcome::Kind own = is_own_address(*address);
  if (own == MatchOutcome::Kind::no_match) return result;
  result.kind = result.kind == MatchOutcome::Kind::unknown ? result.kind : own;
  result.by_interface = own == MatchOutcome::Kind::match;
  if (own == MatchOutcome::Kind::unknown) {
    result.reason = "whether " + std::string(*address) + " is an address of this host";
  }
  return result;
}

}  // namespace postlint::smtpd
