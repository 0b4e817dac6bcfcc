#include "src/smtpd/world.hpp"

#include <algorithm>
#include <array>

#include "src/smtpd/address.hpp"
#include "src/smtpd/server.hpp"

namespace postlint::smtpd {
namespace {

using MatchKind = MatchOutcome::Kind;
using NameStatus = PeerName::Status;

std::string_view subject_text(Subject subject) {
  switch (subject) {
    case Subject::client_address:
    case Subject::client_name:
      return "the client";
    case Subject::reverse_name:
      return "the client's reverse name";
    case Subject::helo:
      return "the HELO name";
    case Subject::sender:
      return "the sender";
    case Subject::recipient:
      return "the recipient";
    case Subject::certificate:
      return "the certificate";
    case Subject::login:
      return "the login";
    default:
      return "the host";
  }
}

/// The values of a table's entries, as far as they differ, up to a limit.
std::vector<std::string> values_of(const Maps& maps) {
  constexpr std::size_t limit = 8;
  std::vector<std::string> values;
  for (const Table* table : maps.tables()) {
    table->each_entry([&](const TableEntry& entry) {
      if (std::find(values.begin(), values.end(), entry.value) == values.end())
        values.emplace_back(entry.value);
      return values.size() < limit;
    });
  }
  return values;
}

bool is_placeholder(std::string_view key) {
  return key == placeholder_name || key == placeholder_address;
}

Answer<MatchOutcome> possible_matches(const MatchOutcome& unknown, const std::string& fact,
                                      const std::string& what, std::vector<MatchKind> kinds) {
  Answer<MatchOutcome> answer;
  answer.fact = fact;
  for (const MatchKind kind : kinds) {
    const bool known = std::any_of(answer.alternatives.begin(), answer.alternatives.end(),
                                   [&](const auto& a) { return a.value.kind == kind; });
    if (known) continue;
    MatchOutcome outcome = unknown;
    outcome.kind = kind;
    answer.alternatives.push_back(
        {std::move(outcome), what + (kind == MatchKind::match ? " matches" : " does not match")});
  }
  if (unknown.kind == MatchKind::unknown) answer.premise = fact + " can be searched";
  return answer;
}

std::string reverse_pointer(std::string_view address) {
  std::string out;
  std::string_view rest = address;
  while (!rest.empty()) {
    const std::size_t dot = rest.rfind('.');
    out += rest.substr(dot == std::string_view::npos ? 0 : dot + 1);
    out += '.';
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  return out + "in-addr.arpa";
}

}  // namespace

FactsWorld::FactsWorld(const Server& server, const Request& request, const Facts& facts)
    : server_(&server), request_(&request), facts_(&facts) {}

/// What the DNS facts say of the PTR record of the client.
std::optional<PeerName> FactsWorld::name_from_dns() const {
  const std::string& client = request_->client;
  DnsAnswer pointer;
  const auto named = facts_->dns.names.find(client);
  if (named != facts_->dns.names.end() || client.find(':') != std::string::npos)
    pointer = facts_->dns.query(client, "PTR");
  else
    pointer = facts_->dns.query(reverse_pointer(client), "PTR");
  switch (pointer.kind) {
    case DnsAnswer::Kind::unknown:
      return std::nullopt;
    case DnsAnswer::Kind::tempfail:
      return PeerName{NameStatus::tempfail, {}};
    case DnsAnswer::Kind::records:
      if (!pointer.records.empty()) return PeerName{NameStatus::known, pointer.records[0]};
      [[fallthrough]];
    default:
      return PeerName{NameStatus::none, {}};
  }
}

Answer<PeerName> FactsWorld::client_name() const {
  if (!server_->parameters().peername_lookup)
    return Answer<PeerName>::known({NameStatus::none, {}});
  if (request_->client_name.status != NameStatus::not_told)
    return Answer<PeerName>::known(request_->client_name);
  if (request_->client == "127.0.0.1" || request_->client == "::1")
    return Answer<PeerName>::known({NameStatus::known, "localhost"});
  if (auto reverse = name_from_dns()) {
    if (reverse->status != NameStatus::known) return Answer<PeerName>::known(*reverse);
    const bool v6 = request_->client.find(':') != std::string::npos;
    const DnsAnswer forward = facts_->dns.query(reverse->name, v6 ? "AAAA" : "A");
    const bool agrees = std::find(forward.records.begin(), forward.records.end(),
                                  request_->client) != forward.records.end();
    if (agrees) return Answer<PeerName>::known(*reverse);
    if (forward.kind == DnsAnswer::Kind::tempfail)
      return Answer<PeerName>::known({NameStatus::tempfail, {}});
    if (forward.kind != DnsAnswer::Kind::unknown)
      return Answer<PeerName>::known({NameStatus::none, {}});
  }
  Answer<PeerName> answer;
  answer.fact = "the name of the client " + request_->client;
  answer.alternatives.push_back({{NameStatus::none, {}}, "the client has no verified name"});
  answer.alternatives.push_back(
      {{NameStatus::known, std::string(placeholder_name)}, "the client has a verified name"});
  answer.alternatives.push_back(
      {{NameStatus::tempfail, {}}, "looking up the name of the client fails"});
  return answer;
}

Answer<PeerName> FactsWorld::reverse_name() const {
  if (!server_->parameters().peername_lookup)
    return Answer<PeerName>::known({NameStatus::none, {}});
  if (request_->reverse_name.status != NameStatus::not_told)
    return Answer<PeerName>::known(request_->reverse_name);
  if (request_->client_name.status != NameStatus::not_told)
    return Answer<PeerName>::known(request_->client_name);
  if (auto name = name_from_dns()) return Answer<PeerName>::known(*name);
  Answer<PeerName> answer = client_name();
  if (answer.alternatives.size() > 1) answer.fact += " in its PTR record";
  return answer;
}

Answer<bool> FactsWorld::client_is_own_address() const { return is_own_address(request_->client); }

Answer<bool> FactsWorld::is_own_address(std::string_view address) const {
  const LocalDomains& local = server_->local_domains();
  const auto& own = local.own_addresses();
  const bool known = std::find(own.begin(), own.end(), address) != own.end();
  if (known || local.own_addresses_complete()) return Answer<bool>::known(known);
  Answer<bool> answer;
  answer.fact = "the addresses of this host (host.addresses)";
  answer.alternatives.push_back({false, std::string(address) + " is no address of this host"});
  answer.alternatives.push_back({true, std::string(address) + " is an address of this host"});
  return answer;
}

Answer<MatchOutcome> FactsWorld::with_unknown_host(const MatchList& list, MatchOutcome match,
                                                   const std::string& what) const {
  const model::Setting* setting = server_->config().find(list.name());
  if (setting == nullptr || setting->unknown_facts.empty() || match.kind == MatchKind::match ||
      match.kind == MatchKind::unknown)
    return Answer<MatchOutcome>::known(std::move(match));
  const std::string fact =
      "the value of " + std::string(setting->unknown_facts.front()) + " (host facts)";
  return possible_matches(match, fact, what + " in " + list.name(),
                          {MatchKind::no_match, MatchKind::match});
}

Answer<MatchOutcome> FactsWorld::client_in(const MatchList& list, std::string_view name,
                                           std::string_view address) const {
  MatchOutcome match = list.match(name, address);
  const std::string what = std::string(address);
  if (match.kind == MatchKind::no_match && name == placeholder_name)
    return possible_matches(match, "the name of the client " + what + " in " + list.name(),
                            "the client's name in " + list.name(),
                            {MatchKind::no_match, MatchKind::match});
  if (match.kind != MatchKind::unknown) return with_unknown_host(list, std::move(match), what);
  return possible_matches(match, list.name() + ": " + match.reason, what + " in " + list.name(),
                          {match.if_absent, match.if_found});
}

Answer<MatchOutcome> FactsWorld::in_list(const MatchList& list, Subject subject,
                                         std::string_view text) const {
  MatchOutcome match = list.match(text);
  const std::string what = std::string(text) + " in " + list.name();
  if (match.kind == MatchKind::no_match && is_placeholder(text))
    return possible_matches(match, std::string(subject_text(subject)) + " in " + list.name(), what,
                            {MatchKind::no_match, MatchKind::match});
  if (match.kind != MatchKind::unknown)
    return with_unknown_host(list, std::move(match), std::string(text));
  return possible_matches(match, list.name() + ": " + match.reason, what,
                          {match.if_absent, match.if_found});
}

/// The values that an entry could have that nobody can read here.
std::vector<std::string> FactsWorld::possible_values(const Maps& maps) const {
  const std::string& title = maps.title();
  if (title == "smtpd_sender_login_maps")
    return {request_->sasl.value_or("somebody"), "somebody-else"};
  if (server_->config().find(title) != nullptr) return {"x"};
  // Each changes the course of evaluation in its own way, also under warn_if_reject.
  return {"OK", "REJECT", "DEFER_IF_PERMIT", "DEFER_IF_REJECT", "DISCARD"};
}

namespace {

Answer<LookupResult> possible_results(const LookupResult& unknown, const std::string& fact,
                                      const std::string& what,
                                      const std::vector<std::string>& values) {
  Answer<LookupResult> answer;
  answer.fact = fact;
  LookupResult result = unknown;
  result.kind = LookupResult::Kind::absent;
  answer.alternatives.push_back({result, what + " has no entry for it"});
  for (const std::string& value : values) {
    result.kind = LookupResult::Kind::found;
    result.value = value;
    answer.alternatives.push_back({result, what + " says " + value});
  }
  return answer;
}

std::string table_text(const Maps& maps, const LookupResult& result) {
  return result.table.empty() ? maps.title() : result.table;
}

/// What a search comes to where no unread table has the key.
const LookupResult& end_of(const LookupResult& result) {
  static const LookupResult absent;
  const LookupResult* last = &result;
  while (last->kind == LookupResult::Kind::unknown) {
    if (last->otherwise.empty()) return absent;
    last = &last->otherwise.front();
  }
  return *last;
}

}  // namespace

/// A search that ran into tables which are not known: each may have an entry, or none.
Answer<LookupResult> FactsWorld::possible_answers(const Maps& maps, Subject subject,
                                                  const LookupResult& unknown) const {
  const std::string table = table_text(maps, unknown);
  const std::string asked = ", for " + std::string(subject_text(subject));
  if (!unknown.values.empty()) {
    Answer<LookupResult> answer =
        possible_results(unknown, unknown.reason + asked, table, unknown.values);
    answer.alternatives.erase(answer.alternatives.begin());
    return answer;
  }
  const LookupResult& end = end_of(unknown);
  const std::string premise = table + " can be searched";
  if (end.found() && only_presence_counts(maps)) {
    Answer<LookupResult> answer = Answer<LookupResult>::known(end);
    answer.premise = premise;
    return answer;
  }
  Answer<LookupResult> answer;
  answer.fact = table + " (" + unknown.reason + ")" + asked;
  answer.alternatives.push_back({end, table + " has no entry for it"});
  for (const LookupResult* each = &unknown; each->kind == LookupResult::Kind::unknown;
       each = &each->otherwise.front()) {
    const std::string name = table_text(maps, *each);
    if (each != &unknown) {
      answer.fact += " and " + name;
      answer.alternatives.front().assumption += ", nor has " + name;
    }
    Answer<LookupResult> found = possible_results(*each, {}, name, possible_values(maps));
    for (std::size_t i = 1; i < found.alternatives.size(); ++i)
      answer.alternatives.push_back(std::move(found.alternatives[i]));
    if (each->otherwise.empty()) break;
  }
  answer.premise = premise;
  return answer;
}

/// Does the user of the tables only ask whether a key is there (lists of recipients)?
bool FactsWorld::only_presence_counts(const Maps& maps) const {
  const std::string& title = maps.title();
  return title == "local_recipient_maps" || title == "virtual_alias_maps" ||
         title == "virtual_mailbox_maps" || title == "relay_recipient_maps" ||
         title == "canonical_maps" || title == "recipient_canonical_maps" ||
         title == "sender_canonical_maps" || title == "relay_clientcerts";
}

Answer<LookupResult> FactsWorld::lookup(const Maps& maps, Subject subject, std::string_view key,
                                        bool partial) const {
  LookupResult result = maps.find(key, partial);
  if (result.absent() && is_placeholder(key)) {
    const std::string fact = std::string(subject_text(subject)) + " in " + maps.title();
    return possible_results(result, fact, maps.title(), values_of(maps));
  }
  if (result.kind != LookupResult::Kind::unknown)
    return Answer<LookupResult>::known(std::move(result));
  return possible_answers(maps, subject, result);
}

Answer<LookupResult> FactsWorld::find_address(const Maps& maps, Subject subject,
                                              std::string_view address,
                                              const AddressStrategy& strategy) const {
  LookupResult result =
      smtpd::find_address(maps, address, server_->local_domains(), server_->config(), strategy);
  if (result.kind != LookupResult::Kind::unknown)
    return Answer<LookupResult>::known(std::move(result));
  return possible_answers(maps, subject, result);
}

const ResolvedAddress* FactsWorld::keep(ResolvedAddress resolved) const {
  possible_.push_back(std::move(resolved));
  return &possible_.back();
}

namespace {

std::string_view domain_in(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? address : address.substr(at + 1);
}

struct ClassText {
  AddressClass address_class;
  std::string_view text;
};
constexpr std::array<ClassText, 5> classes{{{AddressClass::default_, "is no"},
                                            {AddressClass::local, "is a local"},
                                            {AddressClass::virtual_alias, "is a virtual alias"},
                                            {AddressClass::virtual_mailbox, "is a virtual mailbox"},
                                            {AddressClass::relay, "is a relay"}}};

}  // namespace

/// The address in every class that the lists which are not known could put it into.
Answer<const ResolvedAddress*> FactsWorld::possible_classes(std::string_view sender,
                                                            std::string_view address,
                                                            std::string fact) const {
  Answer<const ResolvedAddress*> answer;
  const Resolver& resolver = server_->resolver();
  std::string domain(domain_in(resolver.rewrite(address)));
  for (const ClassText& c : classes) {
    ResolvedAddress possible = resolver.resolve_in_class(sender, address, c.address_class);
    if (possible.address_class != c.address_class) continue;
    std::string assumption = domain + ' ' + std::string(c.text) + " domain here";
    answer.alternatives.push_back({keep(std::move(possible)), std::move(assumption)});
  }
  answer.premise = "the address class of " + domain + " can be looked up";
  answer.fact = "the address class of " + domain + " (" + std::move(fact) + ')';
  return answer;
}

/// An unqualified address where the domain that it gets is not known: in any class.
Answer<const ResolvedAddress*> FactsWorld::unknown_origin(const std::string& rewritten) const {
  Answer<const ResolvedAddress*> answer;
  answer.fact = server_->origin();
  for (const ClassText& c : classes) {
    ResolvedAddress possible;
    possible.recipient = rewritten.substr(0, rewritten.size() - server_->origin().size()) +
                         server_->parameters().hostname;
    possible.address_class = c.address_class;
    possible.transport = "smtp";
    if (c.address_class == AddressClass::virtual_alias)
      possible = with_error_transport(std::move(possible));
    answer.alternatives.push_back(
        {keep(std::move(possible)),
         "the domain in " + server_->origin() + ' ' + std::string(c.text) + " domain here"});
  }
  return answer;
}

ResolvedAddress FactsWorld::with_error_transport(ResolvedAddress resolved) {
  resolved.transport = "error";
  resolved.nexthop = resolved.address_class == AddressClass::virtual_alias
                         ? "5.1.1 User unknown in virtual alias table"
                         : "mail is undeliverable";
  return resolved;
}

/// Transport tables that are not known matter to smtpd only where they name the error transport.
Answer<const ResolvedAddress*> FactsWorld::without_error_transport(
    const ResolvedAddress& resolved) {
  Answer<const ResolvedAddress*> answer = Answer<const ResolvedAddress*>::known(&resolved);
  answer.premise = "no unread table sends " + resolved.recipient + " to the error transport";
  return answer;
}

Answer<const ResolvedAddress*> FactsWorld::resolve(Subject subject, std::string_view sender,
                                                   std::string_view address) const {
  (void)subject;
  std::string key(sender);
  key += '\n';
  key += address;
  const auto known = resolved_.find(key);
  if (known != resolved_.end()) return known->second;
  const Resolver& resolver = server_->resolver();
  Answer<const ResolvedAddress*> answer;
  if (server_->origin().starts_with('/')) {
    const std::string rewritten = resolver.rewrite(address);
    if (rewritten.ends_with('@' + server_->origin()))
      return resolved_.emplace(std::move(key), unknown_origin(rewritten)).first->second;
  }
  const ResolvedAddress& resolved = resolver.resolve(sender, address);
  if (resolved.status == ResolvedAddress::Status::unknown) {
    answer = possible_classes(sender, address, resolved.reason);
  } else if (resolved.address_class == AddressClass::default_ &&
             resolved.status == ResolvedAddress::Status::ok && unknown_domains()) {
    answer.fact = "the names of this host (host.name) in mydestination, for " +
                  std::string(domain_in(resolved.recipient));
    ResolvedAddress local = resolved;
    local.address_class = AddressClass::local;
    local.transport = "local";
    const std::string domain(domain_in(resolved.recipient));
    answer.alternatives.push_back({&resolved, domain + " is not this host's"});
    answer.alternatives.push_back({keep(std::move(local)), domain + " is this host's"});
  } else if (resolved.status == ResolvedAddress::Status::ok && !resolved.transport_known) {
    answer = without_error_transport(resolved);
  } else {
    answer = Answer<const ResolvedAddress*>::known(&resolved);
  }
  return resolved_.emplace(std::move(key), std::move(answer)).first->second;
}

bool FactsWorld::unknown_domains() const {
  for (const std::string_view name :
       {"mydestination", "relay_domains", "virtual_alias_domains", "virtual_mailbox_domains"}) {
    const model::Setting* setting = server_->config().find(name);
    if (setting != nullptr && !setting->unknown_facts.empty()) return true;
  }
  return false;
}

Answer<MatchKind> FactsWorld::is_local(std::string_view domain) const {
  const LocalOutcome local = server_->local_domains().match(domain);
  if (local.kind != MatchKind::unknown) return Answer<MatchKind>::known(local.kind);
  Answer<MatchKind> answer;
  answer.fact = "mydestination: " + local.reason;
  answer.alternatives.push_back({MatchKind::no_match, std::string(domain) + " is not local"});
  answer.alternatives.push_back({MatchKind::match, std::string(domain) + " is local"});
  return answer;
}

Answer<DnsAnswer> FactsWorld::dns(std::string_view name, std::string_view type) const {
  using K = DnsAnswer::Kind;
  if (name == placeholder_name) {
    if (type == "A")
      return Answer<DnsAnswer>::known({K::records, {std::string(placeholder_address)}});
    return Answer<DnsAnswer>::known({K::no_data, {}});
  }
  DnsAnswer told = facts_->dns.query(name, type);
  if (told.kind != K::unknown) return Answer<DnsAnswer>::known(std::move(told));
  Answer<DnsAnswer> answer;
  const std::string what = std::string(type) + " of " + std::string(name);
  answer.fact = "DNS: " + what;
  answer.alternatives.push_back({{K::no_data, {}}, "there is no " + what});
  const bool address = type == "A" || type == "AAAA";
  std::string record(address ? placeholder_address : placeholder_name);
  answer.alternatives.push_back({{K::records, {record}}, "there is " + what});
  if (type == "MX")
    answer.alternatives.push_back({{K::records, {"0 ."}}, std::string(name) + " has a null MX"});
  if (type != "TXT")
    answer.alternatives.push_back({{K::tempfail, {}}, "looking up " + what + " fails"});
  return answer;
}

Answer<std::optional<std::string>> FactsWorld::policy(std::string_view endpoint) const {
  auto told = facts_->policy.find(endpoint);
  if (told == facts_->policy.end()) told = facts_->policy.find("*");
  using Action = std::optional<std::string>;
  if (told != facts_->policy.end())
    return Answer<Action>::known(told->second == "tempfail" ? Action() : Action(told->second));
  Answer<Action> answer;
  const std::string what(endpoint);
  answer.fact = "the policy service " + what;
  for (const std::string_view action : {"DUNNO", "OK", "REJECT", "DEFER_IF_PERMIT"})
    answer.alternatives.push_back({std::string(action), what + " answers " + std::string(action)});
  answer.alternatives.push_back({std::nullopt, what + " does not answer"});
  return answer;
}

Answer<Verification> FactsWorld::verify(Subject subject, std::string_view address) const {
  (void)subject;
  Answer<Verification> answer;
  const std::string what(address);
  answer.fact = "address verification of " + what;
  answer.alternatives.push_back({Verification::deliverable, what + " can be delivered"});
  answer.alternatives.push_back({Verification::undeliverable, what + " cannot be delivered"});
  answer.alternatives.push_back({Verification::in_progress, what + " is being verified"});
  return answer;
}

}  // namespace postlint::smtpd
