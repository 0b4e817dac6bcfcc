#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "src/model/expansion.hpp"
#include "src/model/own_networks.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/address_pattern.hpp"
#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/reply_class.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::size_t reason_limit = 500;  // RBL_TXT_LIMIT

struct MailExchanger {
  int preference = 10;
  std::string host;
};

MailExchanger parse_mx(std::string_view record) {
  const std::size_t blank = record.find(' ');
  if (blank == std::string_view::npos || !all_digits(record.substr(0, blank)))
    return {10, std::string(record)};
  int preference = 0;
  for (const char c : record.substr(0, std::min<std::size_t>(blank, 6)))
    preference = preference * 10 + (c - '0');
  return {preference, std::string(record.substr(record.find_first_not_of(' ', blank)))};
}

std::string without_dot(std::string host) {
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  return host;
}

bool null_mx(const DnsAnswer& answer) {
  return answer.records.size() == 1 && parse_mx(answer.records[0]).host == ".";
}

/// The name under which a list has an address: octets or nibbles from the right.
std::string reversed(std::string_view address) {
  std::string out;
  std::array<unsigned char, 16> bytes{};
  const std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (std::size_t i = bytes.size(); i-- > 0;) {
      out += hex[bytes[i] & 0xf];
      out += '.';
      out += hex[bytes[i] >> 4];
      out += '.';
    }
    return out;
  }
  std::string_view rest = address;
  while (!rest.empty()) {
    const std::size_t dot = rest.rfind('.');
    out += rest.substr(dot == std::string_view::npos ? 0 : dot + 1);
    out += '.';
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  return out;
}

}  // namespace

Evaluator::Lookup Evaluator::look_up(std::string_view name, std::string_view type,
                                     DnsAnswer* answer) {
  // dns_lookup(3) asks for no other names: they are not found.
  const bool asked = name == "." || (valid_hostname(name) && !valid_host_address(name));
  DnsAnswer found{DnsAnswer::Kind::nxdomain, {}};
  if (asked) found = ask(world_->dns(name, type));
  Lookup result = Lookup::not_found;
  if (found.kind == DnsAnswer::Kind::records)
    result = type == "MX" && null_mx(found) ? Lookup::null_mx : Lookup::found;
  if (found.kind == DnsAnswer::Kind::tempfail) result = Lookup::retry;
  if (answer != nullptr) *answer = std::move(found);
  return result;
}

/// dns_lookup_l(3) with DNS_REQ_FLAG_STOP_OK.
Evaluator::Lookup Evaluator::look_up_any(std::string_view name,
                                         const std::vector<std::string_view>& types,
                                         bool null_mx_stops) {
  bool retry = false;
  Lookup last = Lookup::not_found;
  for (const std::string_view type : types) {
    last = look_up(name, type);
    if (last == Lookup::found) return last;
    if (last == Lookup::null_mx && null_mx_stops) return last;
    retry = retry || last == Lookup::retry;
  }
  return retry ? Lookup::retry : last;
}

Status Evaluator::reject_unknown_name(const std::string& name) {
  const Parameters& p = server_->parameters();
  const std::string text = angle(name) + ": Helo command rejected: Host not found";
  switch (look_up_any(name, {"A", "AAAA", "MX"}, false)) {
    case Lookup::found:
    case Lookup::null_mx:
      return note(name + " has an address or MX record"), Status::dunno;
    case Lookup::retry:
      note("looking up " + name + " in the DNS fails");
      return defer_if_permit(p.unknown_helo_action, 450, "4.7.1", text);
    default:
      note(name + " has no address and no MX record");
      return refuse(Blame::policy, p.unknown_hostname_code, "4.7.1", text);
  }
}

Status Evaluator::reject_unknown_domain(Subject subject, const std::string& address,
                                        std::string_view reply_class) {
  const ResolvedAddress& resolved = resolve(subject, address);
  const std::size_t at = resolved.recipient.rfind('@');
  if (at == std::string::npos) return Status::dunno;
  const std::string name = resolved.recipient.substr(at + 1);
  const AddressClass c = resolved.address_class;
  if (c == AddressClass::local || c == AddressClass::virtual_alias ||
      c == AddressClass::virtual_mailbox)
    return note(name + " is a domain of this host"), Status::dunno;
  if (name.starts_with('[') && name.ends_with(']'))
    return note("the domain is an address literal"), Status::dunno;
  const Parameters& p = server_->parameters();
  const bool sender = subject == Subject::sender;
  const std::string prefix = angle(address) + ": " + std::string(reply_class) + " rejected: ";
  switch (look_up_any(name, {"MX", "A", "AAAA"}, true)) {
    case Lookup::found:
      return note(name + " has an MX or address record"), Status::dunno;
    case Lookup::null_mx:
      note(name + " has a null MX record");
      return refuse(Blame::policy, sender ? 550 : 556, sender ? "4.7.27" : "4.1.10",
                    prefix + "Domain " + name + " does not accept mail (nullMX)");
    case Lookup::retry:
      note("looking up " + name + " in the DNS fails");
      return defer_if_permit(p.unknown_address_action, 450, sender ? "4.1.8" : "4.1.2",
                             prefix + "Domain not found");
    default:
      note(name + " has no MX and no address record");
      return refuse(Blame::policy, p.unknown_address_code, sender ? "4.1.8" : "4.1.2",
                    prefix + "Domain not found");
  }
}

namespace {

/// Does getaddrinfo(3) give IPv6 addresses first (RFC 6724)? It does where the host has one to send
/// from; loopback addresses reach each other.
bool prefers_ipv6(const model::HostFacts& host, bool loopback) {
  if (!host.addresses) return false;
  return std::any_of(host.addresses->begin(), host.addresses->end(), [&](const std::string& text) {
    const auto interface = model::parse_interface(text);
    if (!interface || !interface->ipv6) return false;
    const bool is_loopback = interface->address_text() == "::1";
    const bool is_local = interface->address[0] == 0xfe && (interface->address[1] & 0xc0) == 0x80;
    return loopback ? is_loopback : !is_loopback && !is_local;
  });
}

}  // namespace

/// getaddrinfo(3) within inet_protocols: that looks into hosts(5), where localhost stands, before
/// the DNS.
std::vector<std::string> Evaluator::addresses_of(std::string_view host, Lookup& status) {
  std::vector<std::string> addresses;
  const Parameters& p = server_->parameters();
  bool retry = false;
  const bool loopback = text::same_word(host, "localhost");
  const bool ipv6_first = prefers_ipv6(server_->config().host(), loopback);
  for (const bool v6 : {ipv6_first, !ipv6_first}) {
    if (v6 ? !p.ipv6 : !p.ipv4) continue;
    if (loopback) {
      addresses.emplace_back(v6 ? "::1" : "127.0.0.1");
      continue;
    }
    // It takes names that dns_lookup(3) refuses.
    const DnsAnswer answer = ask(world_->dns(host, v6 ? "AAAA" : "A"));
    retry = retry || answer.kind == DnsAnswer::Kind::tempfail;
    if (answer.kind == DnsAnswer::Kind::records)
      addresses.insert(addresses.end(), answer.records.begin(), answer.records.end());
  }
  status = !addresses.empty() ? Lookup::found : retry ? Lookup::retry : Lookup::not_found;
  return addresses;
}

void Evaluator::check_interfaces() {
  const std::string& name = server_->unresolved_interface();
  if (name.empty()) return;
  Lookup status = Lookup::not_found;
  addresses_of(name, status);
  if (status != Lookup::found)
    throw ServerDies{"config variable inet_interfaces: host not found: " + name};
}

Status Evaluator::server_access(const std::string& table, std::string_view type,
                                std::string_view name, const Context& context) {
  std::string domain(domain_or_all(name));
  bool found = false;
  if (domain.starts_with('[')) {
    if (type == "NS" || !domain.ends_with(']'))
      return note("an address literal has no " + std::string(type) + " host"), Status::dunno;
    if (!valid_address_literal(domain)) return note("bad address literal"), Status::dunno;
    std::string address = domain.substr(1, domain.size() - 2);
    if (address.size() > 5 && same_word(std::string_view(address).substr(0, 5), "IPv6:"))
      address.erase(0, 5);
    const Status status =
        address_access(table, Subject::server_name, address, false, found, context);
    if (!found) note_miss(table, address);
    return status;
  }
  std::vector<std::string> hosts{domain};
  if (type != "A") {
    DnsAnswer answer;
    Lookup status = look_up(domain, type, &answer);
    if (status == Lookup::null_mx) return note(domain + " has a null MX record"), Status::dunno;
    if (type == "NS") {
      std::string parent = domain;
      while (status == Lookup::not_found) {
        const std::size_t dot = parent.find('.');
        if (dot == std::string::npos || dot + 1 == parent.size()) break;
        parent.erase(0, dot + 1);
        status = look_up(parent, type, &answer);
      }
      if (status == Lookup::not_found)
        return note("there is no NS host for " + domain), Status::dunno;
    }
    if (status == Lookup::retry)
      return note("looking up the " + std::string(type) + " hosts of " + domain + " fails"),
             Status::dunno;
    if (status == Lookup::found) {
      hosts.clear();
      for (const std::string& record : answer.records)
        hosts.push_back(without_dot(type == "MX" ? parse_mx(record).host : record));
    }
  }
  std::int64_t count = 0;
  for (const std::string& host : hosts) {
    if (valid_host_address(host)) {
      const Status status =
          address_access(table, Subject::server_name, host, false, found, context);
      if (status != Status::dunno || found) return status;
      continue;
    }
    if (type != "A") {
      const Status status = domain_access(table, Subject::server_name, host, false, found, context);
      if (status != Status::dunno || found) return status;
    }
    Lookup looked_up = Lookup::not_found;
    for (const std::string& address : addresses_of(host, looked_up)) {
      if (++count > server_->parameters().dns_address_limit) return Status::dunno;
      const Status status =
          address_access(table, Subject::server_name, address, false, found, context);
      if (status != Status::dunno || found) return status;
    }
  }
  note_miss(table, "the " + std::string(type) + " hosts of " + domain);
  return Status::dunno;
}

bool Evaluator::host_is_mine(const std::string& host, std::string_view reply_name) {
  Lookup status = Lookup::not_found;
  const std::vector<std::string> addresses = addresses_of(host, status);
  if (status != Lookup::found) {
    defer_if(defer_if_reject_, 450, "4.4.4",
             angle(reply_name) + ": " + std::string(recipient_class) +
                 " rejected: Unable to look up mail exchanger host " + host + ": " +
                 (status == Lookup::retry ? "Temporary failure in name resolution"
                                          : "Name or service not known"));
    return false;
  }
  for (const std::string& address : addresses) {
    if (ask(world_->is_own_address(address))) return true;
    const auto& proxies = server_->local_domains().proxy_addresses();
    if (std::find(proxies.begin(), proxies.end(), address) != proxies.end()) return true;
  }
  return false;
}

bool Evaluator::hosts_are_mine(const std::vector<std::string>& hosts, std::string_view reply_name) {
  for (const std::string& host : hosts)
    if (ask(world_->is_local(host)) == MatchOutcome::Kind::match) return true;
  for (const std::string& host : hosts)
    if (host_is_mine(host, reply_name)) return true;
  return false;
}

bool Evaluator::hosts_authorized(const std::vector<std::string>& hosts,
                                 std::string_view reply_name) {
  const std::string prefix =
      angle(reply_name) + ": " + std::string(recipient_class) + " rejected: ";
  for (const std::string& host : hosts) {
    Lookup status = Lookup::not_found;
    const std::vector<std::string> addresses = addresses_of(host, status);
    if (status != Lookup::found) {
      defer_if(defer_if_reject_, 450, "4.4.4",
               prefix + "Unable to look up host " + host + " as mail exchanger: " +
                   (status == Lookup::retry ? "Try again" : "Host not found"));
      return false;
    }
    for (const std::string& address : addresses) {
      const MatchOutcome match =
          ask(world_->client_in(server_->tables().mx_backup_networks, host, address));
      if (match.kind == MatchOutcome::Kind::error)
        defer_if(defer_if_reject_, 450, "4.4.4",
                 prefix + "Unable to verify host " + host + " as mail exchanger");
      if (!match.matched()) return false;
    }
  }
  return true;
}

Status Evaluator::permit_mx_backup(const std::string& recipient) {
  const ResolvedAddress& resolved = resolve(Subject::recipient, recipient);
  const Status destination = permit_authorized_destination(recipient);
  if (destination == Status::permit) return destination;
  if (resolved.routed && !server_->parameters().allow_untrusted_routing) return Status::dunno;
  const std::string domain(domain_or_all(resolved.recipient));
  if (domain.starts_with('[') && domain.ends_with(']')) return Status::dunno;
  DnsAnswer answer;
  const Lookup status = look_up(domain, "MX", &answer);
  if (status != Lookup::found) {
    note(domain + " has no MX record");
    if (status == Lookup::retry) {
      note("looking up the MX hosts of " + domain + " fails");
      defer_if(defer_if_reject_, 450, "4.4.4",
               angle(recipient) + ": " + std::string(recipient_class) +
                   " rejected: Unable to look up mail exchanger information: Try again");
    }
    return Status::dunno;
  }
  std::vector<MailExchanger> exchangers;
  for (const std::string& record : answer.records) exchangers.push_back(parse_mx(record));
  const int best = std::min_element(exchangers.begin(), exchangers.end(), [](auto& a, auto& b) {
                     return a.preference < b.preference;
                   })->preference;
  std::vector<std::string> primary;
  std::vector<std::string> backup;
  for (const MailExchanger& mx : exchangers)
    (mx.preference == best ? primary : backup).push_back(without_dot(mx.host));
  if (hosts_are_mine(primary, recipient))
    return note("this host is a primary MX of " + domain), Status::dunno;
  if (backup.empty() || !hosts_are_mine(backup, recipient))
    return note("this host is no MX of " + domain), Status::dunno;
  if (!server_->config().text("permit_mx_backup_networks").empty() &&
      !hosts_authorized(primary, recipient))
    return note("a primary MX of " + domain + " is not in permit_mx_backup_networks"),
           Status::dunno;
  note("this host is a backup MX of " + domain);
  return Status::permit;
}

/// find_dnsxl_addr() and find_dnsxl_domain(), after the query was made up.
Evaluator::DnsblResult Evaluator::query_list(const std::string& query,
                                             std::optional<std::string_view> filter) {
  DnsAnswer addresses;
  const Lookup status = look_up(query, "A", &addresses);
  std::optional<AddressPattern> pattern;
  if (filter) {
    pattern = AddressPattern::parse(*filter);
    if (!pattern) throw ServerDies{"RBL reply error: bad pattern " + std::string(*filter)};
  }
  if (status == Lookup::retry) return {Listing::soft, {}};
  if (status != Lookup::found) return {};
  DnsblResult result{Listing::listed, {}};
  DnsAnswer reasons;
  if (look_up(query, "TXT", &reasons) == Lookup::found) {
    for (const std::string& text : reasons.records) {
      if (!result.text.empty()) result.text += " / ";
      result.text += text;
    }
    if (result.text.size() > reason_limit) result.text.resize(reason_limit);
  }
  if (pattern && std::none_of(addresses.records.begin(), addresses.records.end(),
                              [&](const std::string& address) {
                                return address == placeholder_address || pattern->matches(address);
                              }))
    return {};
  return result;
}

namespace {

/// "zone=pattern"
std::pair<std::string_view, std::optional<std::string_view>> split_zone(std::string_view zone) {
  const std::size_t equals = zone.find('=');
  if (equals == std::string_view::npos) return {zone, std::nullopt};
  return {zone.substr(0, equals), zone.substr(equals + 1)};
}

}  // namespace

Evaluator::DnsblResult Evaluator::listed_address(std::string_view zone, std::string_view address) {
  const auto [domain, filter] = split_zone(zone);
  return query_list(reversed(address) + std::string(domain), filter);
}

Evaluator::DnsblResult Evaluator::listed_domain(std::string_view zone, std::string_view what,
                                                bool& asked) {
  asked = false;
  const std::string_view domain = domain_or_all(what);
  if (domain.empty() || domain.starts_with('[')) return {};
  const std::size_t dot = domain.rfind('.');
  if (all_digits(dot == std::string_view::npos ? domain : domain.substr(dot + 1))) return {};
  if (!valid_hostname(domain)) return {};
  asked = true;
  const auto [list, filter] = split_zone(zone);
  return query_list(std::string(domain) + '.' + std::string(list), filter);
}

Status Evaluator::reject_listed_address(std::string_view zone) {
  const DnsblResult result = listed_address(zone, state_.address);
  if (result.listing != Listing::listed) {
    note(result.listing == Listing::soft
             ? "looking up " + state_.address + " in " + std::string(zone) + " fails"
             : state_.address + " is not listed in " + std::string(zone));
    return Status::dunno;
  }
  note(state_.address + " is listed in " + std::string(zone));
  return dnsbl_reply(result, zone, state_.address, client_class);
}

Status Evaluator::reject_listed_domain(std::string_view zone, const std::string& what,
                                       std::string_view reply_class) {
  bool asked = false;
  const DnsblResult result = listed_domain(zone, what, asked);
  if (result.listing != Listing::listed) {
    note(!asked ? what + " is not looked up: it is no domain name"
         : result.listing == Listing::soft
             ? "looking up " + what + " in " + std::string(zone) + " fails"
             : what + " is not listed in " + std::string(zone));
    return Status::dunno;
  }
  note(what + " is listed in " + std::string(zone));
  return dnsbl_reply(result, zone, what, reply_class);
}

Status Evaluator::permit_listed(std::string_view zone, const std::string& what, bool by_name) {
  if (state_.stage == Stage::rcpt && state_.recipient &&
      permit_authorized_destination(*state_.recipient) != Status::permit) {
    note("the recipient is no authorized destination: an allow list does not count");
    return Status::dunno;
  }
  bool asked = false;
  const DnsblResult result =
      by_name ? listed_domain(zone, what, asked) : listed_address(zone, what);
  switch (result.listing) {
    case Listing::listed:
      note(what + " is listed in " + std::string(zone));
      return Status::permit;
    case Listing::soft:
      note("looking up " + what + " in " + std::string(zone) + " fails");
      defer_if(defer_if_reject_, 450, "4.7.1",
               angle(what) + ": " + std::string(client_class) + " rejected: Service unavailable");
      return Status::dunno;
    default:
      note(what + " is not listed in " + std::string(zone));
      return Status::dunno;
  }
}

Status Evaluator::dnsbl_reply(const DnsblResult& result, std::string_view zone,
                              std::string_view what, std::string_view reply_class) {
  const Parameters& p = server_->parameters();
  std::string pattern = p.default_rbl_reply;
  const Maps& maps = server_->tables().rbl_replies;
  if (!maps.empty()) {
    const std::string domain(zone.substr(0, zone.find('=')));
    LookupResult hit = ask(world_->lookup(maps, Subject::other, zone, false));
    if (hit.absent() && domain != zone && server_->version() >= database::Version{3, 9, 0})
      hit = ask(world_->lookup(maps, Subject::other, domain, false));
    if (hit.kind == LookupResult::Kind::error) configuration_error("rbl_reply_maps: " + hit.reason);
    if (hit.found()) pattern = hit.value;
  }
  const std::string text = expand_template(pattern, zone, what, reply_class, result.text);
  const auto digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  if (text.size() < 4 || (text[0] != '4' && text[0] != '5') || !digit(1) || !digit(2) ||
      text[3] != ' ')
    return refuse(Blame::policy, 450, "4.7.1", "Service unavailable");
  const int code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  const DsnText parts = split_dsn("4.7.1", std::string_view(text).substr(4));
  return refuse(Blame::policy, code, fix_dsn(parts.dsn, reply_class),
                parts.text.empty() ? "Service unavailable" : std::string(parts.text));
}

std::string Evaluator::expand_template(std::string_view pattern, std::string_view zone,
                                       std::string_view what, std::string_view reply_class,
                                       std::string_view reason) {
  const Parameters& p = server_->parameters();
  std::deque<std::string> kept;
  const model::MacroLookup lookup = [&](std::string_view name) -> std::optional<model::MacroValue> {
    std::optional<std::string> value;
    if (name == "rbl_code") value = std::to_string(p.maps_rbl_code);
    if (name == "rbl_domain") value = std::string(zone.substr(0, zone.find('=')));
    if (name == "rbl_reason" || name == "rbl_txt") value = std::string(reason);
    if (name == "rbl_what") value = std::string(what);
    if (name == "rbl_class") value = std::string(reply_class);
    if (!value) value = session_attribute(name);
    if (!value) return std::nullopt;
    for (char& c : *value)
      if (p.expansion_filter.find(c) == std::string::npos) c = '_';
    kept.push_back(std::move(*value));
    return model::MacroValue{{kept.back(), text::no_file, 0}, true};
  };
  const model::Expansion expansion =
      model::expand({pattern, text::no_file, 0}, lookup, model::macro_syntax(server_->version()));
  return expansion.text.text();
}

std::string Evaluator::expand_attributes(std::string_view text) {
  return expand_template(text, {}, {}, {}, {});
}

std::optional<std::string> Evaluator::session_attribute(std::string_view name) {
  if (name == "server_name") return server_->parameters().hostname;
  if (name == "client") return client_text();
  if (name == "client_port") return "0";
  if (name == "client_address") return state_.address;
  if (name == "client_name") return client_name();
  if (name == "reverse_client_name") return reverse_name();
  if (name == "helo_name") return state_.helo.value_or(std::string());
  for (const std::string_view which : {"sender", "recipient"}) {
    if (!name.starts_with(which)) continue;
    const auto& address = which == "sender" ? state_.sender : state_.recipient;
    const std::string_view suffix = name.substr(which.size());
    if (!address) return "";
    const std::size_t at = address->rfind('@');
    if (suffix.empty()) return address->empty() ? "<>" : *address;
    if (suffix == "_name") return address->empty() ? "<>" : address->substr(0, at);
    if (suffix == "_domain") return at == std::string::npos ? "" : address->substr(at + 1);
    return std::nullopt;
  }
  if (name == "localtime") return "";  // differs from reply to reply
  return std::nullopt;
}

}  // namespace postlint::smtpd
