#include "src/smtpd/symbolic_world.hpp"

#include <algorithm>

#include "src/smtpd/address.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

constexpr std::size_t index_of(Dimension d) { return static_cast<std::size_t>(d); }

std::string pointer_text(const void* pointer) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(pointer));
}

std::string text_of(const LookupResult& result, bool with_value) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(result.kind)));
  if (with_value && result.found()) text += result.value;
  return text;
}

std::string text_of(const MatchOutcome& match) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(match.kind)));
  text += ' ';
  text += std::to_string(match.span.lo);
  text += ' ';
  text += match.pattern;
  return text;
}

std::optional<Dimension> dimension_of(Subject subject) {
  switch (subject) {
    case Subject::client_address:
      return Dimension::address;
    case Subject::client_name:
    case Subject::reverse_name:
      return Dimension::name;
    case Subject::helo:
      return Dimension::helo;
    case Subject::sender:
      return Dimension::sender;
    case Subject::recipient:
      return Dimension::recipient;
    default:
      return std::nullopt;
  }
}

/// The first alternative that holds, alone: what it takes for granted becomes a premise.
template <class T, class Test>
Answer<T> only(Answer<T> answer, const Test& test) {
  const auto found =
      std::find_if(answer.alternatives.begin(), answer.alternatives.end(),
                   [&](const Alternative<T>& alternative) { return test(alternative.value); });
  if (found == answer.alternatives.end()) return answer;
  Answer<T> single;
  single.premise = found->assumption;
  single.alternatives.push_back(std::move(*found));
  return single;
}

}  // namespace

SymbolicWorld::SymbolicWorld(const Server& server, const Facts& facts, const Space& space)
    : server_(&server),
      facts_(&facts),
      space_(&space),
      plain_dns_(facts.dns.names.empty() && facts.dns.rest.kind == DnsAnswer::Kind::unknown &&
                 space.records.empty() && space.own_exchanger.empty()),
      concrete_(server, request_, facts) {
  for (std::size_t d = 0; d < dimension_count; ++d)
    resolved_[d].resize(space.size(static_cast<Dimension>(d)));
}

Box SymbolicWorld::whole() const {
  Box box;
  for (std::size_t d = 0; d < dimension_count; ++d) {
    auto all =
        std::make_shared<std::vector<std::uint32_t>>(space_->size(static_cast<Dimension>(d)));
    for (std::size_t i = 0; i < all->size(); ++i) (*all)[i] = static_cast<std::uint32_t>(i);
    box.members[d] = std::move(all);
  }
  return box;
}

Request SymbolicWorld::request_of(const std::array<std::uint32_t, dimension_count>& members,
                                  std::size_t recipients) const {
  const auto at = [&](Dimension d) { return members[index_of(d)]; };
  Request request;
  request.client = space_->addresses[at(Dimension::address)];
  request.client_name = space_->names[at(Dimension::name)].client;
  request.reverse_name = space_->names[at(Dimension::name)].reverse;
  request.helo = space_->helos[at(Dimension::helo)];
  request.tls = space_->tls[at(Dimension::tls)];
  request.sasl = space_->logins[at(Dimension::login)];
  request.from = space_->senders[at(Dimension::sender)];
  for (std::size_t i = 0; i < recipients; ++i)
    request.to.push_back(space_->recipients[at(Dimension::recipient)].to);
  const auto empty = [&](ListName name) { return server_->list(name).words.empty(); };
  if (!empty(ListName::data)) request.until = Stage::data;
  if (!empty(ListName::end_of_data)) request.until = Stage::eod;
  return request;
}

void SymbolicWorld::enter(Box box, std::size_t recipients) {
  box_ = std::move(box);
  std::array<std::uint32_t, dimension_count> first{};
  for (std::size_t d = 0; d < dimension_count; ++d) first[d] = box_.members[d]->front();
  request_ = request_of(first, recipients);
  others_.clear();
  assumed_dns_ = {};
}

/// Divides the box by a question, unless that was done before.
void SymbolicWorld::split(Dimension d, const std::string& question, const Compute& answer) const {
  if (box_.members[index_of(d)]->size() < 2) return;
  const std::string name = std::to_string(index_of(d)) + ' ' + question;
  auto found = columns_.find(name);
  if (found == columns_.end()) {
    found = columns_.emplace(name, Column{}).first;
    found->second.id = static_cast<std::uint32_t>(columns_.size());
    found->second.answers.assign(space_->size(d), -1);
  }
  Column& column = found->second;
  if (std::find(box_.settled.begin(), box_.settled.end(), column.id) != box_.settled.end()) return;
  box_.settled.push_back(column.id);
  divide(d, column, answer);
}

void SymbolicWorld::divide(Dimension d, Column& column, const Compute& answer) const {
  const std::vector<std::uint32_t>& members = *box_.members[index_of(d)];
  std::vector<std::pair<int, std::shared_ptr<std::vector<std::uint32_t>>>> groups;
  std::size_t last = 0;
  for (const std::uint32_t member : members) {
    int& number = column.answers[member];
    if (number < 0)
      number = column.numbers.emplace(answer(member), static_cast<int>(column.numbers.size()))
                   .first->second;
    if (groups.empty() || groups[last].first != number) {
      last = 0;
      while (last < groups.size() && groups[last].first != number) ++last;
      if (last == groups.size())
        groups.emplace_back(number, std::make_shared<std::vector<std::uint32_t>>());
    }
    groups[last].second->push_back(member);
  }
  if (groups.size() < 2) return;
  for (std::size_t i = 1; i < groups.size(); ++i) {
    Box other = box_;
    other.members[index_of(d)] = groups[i].second;
    others_.push_back(std::move(other));
  }
  box_.members[index_of(d)] = groups.front().second;
}

bool SymbolicWorld::general(Dimension d) const {
  return space_->general[index_of(d)][box_.members[index_of(d)]->front()];
}

std::string SymbolicWorld::name_text(std::uint32_t member, bool reverse) const {
  const ClientNames& names = space_->names[member];
  const PeerName& name = reverse ? names.reverse : names.client;
  if (!server_->parameters().peername_lookup || name.status != PeerName::Status::known)
    return "unknown";
  return name.name;
}

/// What kind of host name it is, and what the DNS says of it.
std::string SymbolicWorld::shape(std::string_view domain) const {
  const std::string_view name =
      domain.size() > 1 && domain.ends_with('.') ? domain.substr(0, domain.size() - 1) : domain;
  std::string text;
  const auto flag = [&](bool value) { text += value ? '1' : '0'; };
  const std::string_view inner =
      name.size() > 2 && name.starts_with('[') ? name.substr(1, name.size() - 2) : name;
  flag(name.empty());
  flag(name.starts_with('['));
  flag(name.ends_with(']'));
  flag(valid_address_literal('[' + std::string(inner) + ']'));
  flag(valid_hostname(name));
  flag(valid_utf8_hostname(name, false));
  flag(valid_host_address(name));
  flag(name.find('.') != npos);
  flag(same_word(name, "unknown"));
  flag(name.find_first_not_of("0123456789.:") == npos);
  const std::size_t dot = name.rfind('.');
  flag(all_digits(dot == npos ? name : name.substr(dot + 1)));
  // Where nothing is told and nothing chosen, the form of a name decides on its records.
  if (plain_dns_) return text += below(casefold(name, false), space_->zones) ? 'z' : '-';
  for (const std::string_view type : {"A", "AAAA", "MX", "NS"}) {
    const DnsAnswer answer = dns_answer(name, type, false);
    text += static_cast<char>('0' + static_cast<int>(answer.kind));
    for (const std::string& record : answer.records) text += record + ' ';
  }
  return text;
}

void SymbolicWorld::inspects(Subject subject, bool syntax) const {
  const bool reverse = subject == Subject::reverse_name;
  switch (subject) {
    case Subject::client_name:
    case Subject::reverse_name:
      return split(Dimension::name, reverse ? "reverse status" : "status", [&](std::uint32_t m) {
        const ClientNames& names = space_->names[m];
        const PeerName& name = reverse ? names.reverse : names.client;
        return std::to_string(static_cast<int>(name.status)) +
               (same_word(name.name, "unknown") ? "u" : "") + shape(name.name);
      });
    case Subject::helo:
      return split(Dimension::helo, syntax ? "syntax" : "presence", [&](std::uint32_t m) {
        const std::optional<std::string>& helo = space_->helos[m];
        if (!helo) return std::string("none");
        return syntax ? shape(*helo) : std::string("some");
      });
    case Subject::sender:
      return split(Dimension::sender, syntax ? "syntax" : "presence", [&](std::uint32_t m) {
        const std::string& sender = space_->senders[m];
        if (sender.empty()) return std::string("null");
        if (!syntax) return std::string("some");
        return shape(domain_of(sender)) + '/' + shape(domain_of(resolved(Dimension::sender, m)));
      });
    case Subject::login:
      return split(Dimension::login, "login",
                   [&](std::uint32_t m) { return space_->logins[m].value_or(std::string()); });
    case Subject::recipient:
      return split(Dimension::recipient, "syntax", [&](std::uint32_t m) {
        return shape(domain_of(space_->recipients[m].internal)) + '/' +
               shape(domain_of(resolved(Dimension::recipient, m)));
      });
    default:
      return;
  }
}

Answer<PeerName> SymbolicWorld::client_name() const { return concrete_.client_name(); }

Answer<PeerName> SymbolicWorld::reverse_name() const { return concrete_.reverse_name(); }

/// No stranger connects from an address of this host.
Answer<bool> SymbolicWorld::client_is_own_address() const {
  split(Dimension::address, "own", [&](std::uint32_t m) {
    const auto& own = server_->local_domains().own_addresses();
    return std::find(own.begin(), own.end(), space_->addresses[m]) == own.end() ? "no" : "yes";
  });
  if (space_->everyone) return concrete_.client_is_own_address();
  Answer<bool> answer = only(concrete_.client_is_own_address(), [](bool own) { return !own; });
  answer.premise.clear();
  return answer;
}

Answer<bool> SymbolicWorld::is_own_address(std::string_view address) const {
  return concrete_.is_own_address(address);
}

Answer<MatchOutcome> SymbolicWorld::client_in(const MatchList& list, std::string_view name,
                                              std::string_view address) const {
  Answer<MatchOutcome> answer = concrete_.client_in(list, name, address);
  // Other lists do not decide on access.
  if (list.name() != "mynetworks") return answer;
  const std::string question = "list " + pointer_text(&list);
  split(Dimension::name, question,
        [&](std::uint32_t m) { return text_of(list.match(name_text(m, false), "-")); });
  const bool by_name = list.match(name, "-").kind != MatchOutcome::Kind::no_match;
  split(Dimension::address, question + (by_name ? " place" : ""), [&](std::uint32_t m) {
    const MatchOutcome match = list.match("", space_->addresses[m]);
    return by_name ? text_of(match) : std::to_string(static_cast<int>(match.kind));
  });
  const model::Setting* setting = server_->config().find("mynetworks");
  const bool host_facts = setting != nullptr && setting->is_default() &&
                          !setting->unknown_facts.empty() &&
                          !same_word(server_->config().text("mynetworks_style"), "class");
  if (space_->everyone || !host_facts || answer.alternatives.size() < 2) return answer;
  answer = only(std::move(answer), [](const MatchOutcome& m) { return !m.matched(); });
  answer.premise = "the networks of this host's interfaces are no wider than /16 (IPv6: /32)";
  return answer;
}

Answer<MatchOutcome> SymbolicWorld::in_list(const MatchList& list, Subject subject,
                                            std::string_view text) const {
  if (subject == Subject::client_name)
    split(Dimension::name, "domain list " + pointer_text(&list), [&](std::uint32_t m) {
      return std::to_string(static_cast<int>(list.match(name_text(m, false)).kind));
    });
  return concrete_.in_list(list, subject, text);
}

/// All that domain_access() would find, from the full name to its last parent.
std::string SymbolicWorld::domain_search(const Maps& maps, std::string_view name,
                                         bool partial) const {
  const bool numerical = valid_host_address(name);
  while (!name.empty()) {
    const LookupResult result = maps.find(name, partial);
    if (!result.absent()) return text_of(result, true);
    const std::size_t dot = name.find('.', 1);
    if (numerical || dot == npos) break;
    name.remove_prefix(server_->parameters().parent_style ? dot + 1 : dot);
    partial = true;
  }
  return "absent";
}

std::string SymbolicWorld::address_search(const Maps& maps, std::string_view address) const {
  const char delimiter = address.find(':') != npos ? ':' : '.';
  bool partial = false;
  for (;;) {
    const LookupResult result = maps.find(address, partial);
    if (!result.absent()) return text_of(result, true);
    partial = true;
    const std::size_t at = address.rfind(delimiter);
    if (at == npos) return "absent";
    address = address.substr(0, at);
  }
}

/// At the first key of a search: by what the whole search finds.
void SymbolicWorld::split_lookup(const Maps& maps, Subject subject, std::string_view key) const {
  const std::string question = "lookup " + pointer_text(&maps);
  const bool reverse = subject == Subject::reverse_name;
  switch (subject) {
    case Subject::client_name:
    case Subject::reverse_name:
      if (key != name_text(box_.members[index_of(Dimension::name)]->front(), reverse)) return;
      return split(Dimension::name, question + (reverse ? " reverse" : ""), [&](std::uint32_t m) {
        return domain_search(maps, name_text(m, reverse), false);
      });
    case Subject::client_address:
      if (key != request_.client) return;
      return split(Dimension::address, question,
                   [&](std::uint32_t m) { return address_search(maps, space_->addresses[m]); });
    case Subject::helo:
      if (key != request_.helo) return;
      return split(Dimension::helo, question, [&](std::uint32_t m) {
        const std::optional<std::string>& helo = space_->helos[m];
        return helo ? domain_search(maps, *helo, false) : std::string("none");
      });
    default:
      return;
  }
}

Answer<LookupResult> SymbolicWorld::with_unsampled(const Maps& maps, Subject subject,
                                                   Answer<LookupResult> answer) const {
  const std::optional<Dimension> d = dimension_of(subject);
  if (!d || answer.alternatives.size() != 1) return answer;
  const std::vector<UnsampledRule>& rules = subject == Subject::sender ? space_->unsampled_senders
                                            : subject == Subject::recipient
                                                ? space_->unsampled_recipients
                                            : subject == Subject::helo ? space_->unsampled_helos
                                                                       : space_->unsampled_names;
  for (const UnsampledRule& rule : rules) {
    if (rule.table != maps.title() || !general(*d)) continue;
    if (answer.alternatives.size() == 1) {
      answer.fact = "whether anything matches " + rule.text;
      answer.alternatives.front().assumption = "nothing matches " + rule.text;
    }
    LookupResult found = answer.alternatives.front().value;
    found.kind = LookupResult::Kind::found;
    found.value = rule.value;
    found.table = maps.title();
    answer.alternatives.push_back({std::move(found), "something matches " + rule.text});
  }
  return answer;
}

/// Of the answers that an unread table may give, those that may help a stranger.
Answer<LookupResult> SymbolicWorld::permissive(const Maps& maps, Subject subject,
                                               Answer<LookupResult> answer) const {
  if (space_->everyone || answer.alternatives.size() < 2) return answer;
  const auto absent = [](const LookupResult& r) { return r.absent(); };
  // He is not listed, and no table of recipients has an address of a domain that is none of ours.
  if (subject == Subject::certificate || maps.title() == "smtpd_sender_login_maps")
    return only(std::move(answer), absent);
  if (server_->config().find(maps.title()) != nullptr) {
    if (!ordinary_destination()) return answer;
    answer = only(std::move(answer), absent);
    answer.premise.clear();
    return answer;
  }
  std::erase_if(answer.alternatives, [](const Alternative<LookupResult>& alternative) {
    const LookupResult& r = alternative.value;
    return r.found() && (never_permits(r.value) || same_word(r.value, "DISCARD"));
  });
  return answer;
}

/// Whether the recipient is in any table makes no difference: it is in no class, and can be sent
/// to.
bool SymbolicWorld::ordinary_destination() const {
  const std::uint32_t member = box_.members[index_of(Dimension::recipient)]->front();
  const ResolvedAddress& r = server_->resolver().resolve_in_class(
      request_.from, space_->recipients[member].internal, AddressClass::default_);
  return r.address_class == AddressClass::default_ && r.transport != "error" &&
         r.transport != "retry";
}

Answer<LookupResult> SymbolicWorld::lookup(const Maps& maps, Subject subject, std::string_view key,
                                           bool partial) const {
  if (!partial) split_lookup(maps, subject, key);
  Answer<LookupResult> answer =
      permissive(maps, subject, concrete_.lookup(maps, subject, key, partial));
  return partial ? answer : with_unsampled(maps, subject, std::move(answer));
}

std::string SymbolicWorld::resolved(Dimension d, std::uint32_t member) const {
  std::string& kept = resolved_[index_of(d)][member];
  if (!kept.empty()) return kept;
  const std::string& address =
      d == Dimension::sender ? space_->senders[member] : space_->recipients[member].internal;
  if (!address.empty())
    kept = server_->resolver().resolve_in_class({}, address, AddressClass::default_).recipient;
  return kept;
}

Answer<LookupResult> SymbolicWorld::find_address(const Maps& maps, Subject subject,
                                                 std::string_view address,
                                                 const AddressStrategy& strategy) const {
  const std::optional<Dimension> d = dimension_of(subject);
  const bool access = server_->config().find(maps.title()) == nullptr;
  if (d)
    split(*d, "find " + pointer_text(&maps) + (strategy.domain ? " access" : ""),
          [&](std::uint32_t m) {
            return text_of(smtpd::find_address(maps, resolved(*d, m), server_->local_domains(),
                                               server_->config(), strategy),
                           access);
          });
  Answer<LookupResult> answer =
      permissive(maps, subject, concrete_.find_address(maps, subject, address, strategy));
  return with_unsampled(maps, subject, std::move(answer));
}

Answer<const ResolvedAddress*> SymbolicWorld::resolve(Subject subject, std::string_view sender,
                                                      std::string_view address) const {
  const std::optional<Dimension> d = dimension_of(subject);
  if (d) {
    const std::string other(server_->resolver().depends_on_sender() ? sender : "");
    const std::string question = *d == Dimension::recipient ? "resolve " + other : "resolve";
    split(*d, question, [&](std::uint32_t m) {
      const std::string& text =
          *d == Dimension::sender ? space_->senders[m] : space_->recipients[m].internal;
      if (text.empty()) return std::string("null");
      const ResolvedAddress& r =
          server_->resolver().resolve_in_class(other, text, AddressClass::default_);
      resolved_[index_of(*d)][m] = r.recipient;
      std::string key(1, static_cast<char>('0' + static_cast<int>(r.status)));
      key += r.recipient.find('@') == npos ? '-' : '@';
      key += static_cast<char>('0' + static_cast<int>(r.address_class));
      key += r.routed ? 'r' : '-';
      if (r.transport == "error" || r.transport == "retry") key += r.transport + r.nexthop;
      return key;
    });
  }
  Answer<const ResolvedAddress*> answer = concrete_.resolve(subject, sender, address);
  if (space_->everyone || answer.alternatives.size() < 2) return answer;
  const ResolvedAddress& unread = server_->resolver().resolve(sender, address);
  answer = only(std::move(answer), [](const ResolvedAddress* r) {
    return r->address_class == AddressClass::default_ && r->transport != "error" &&
           r->transport != "retry";
  });
  // A foreign destination is by definition none of this host's names and addresses.
  const bool table =
      unread.status == ResolvedAddress::Status::unknown && !unread.reason.starts_with("whether ");
  answer.premise = table ? "foreign domains are not in it: " + unread.reason : std::string();
  return answer;
}

Answer<MatchOutcome::Kind> SymbolicWorld::is_local(std::string_view domain) const {
  return concrete_.is_local(domain);
}

/// Records of a domain of which nothing is known but that it exists.
DnsAnswer SymbolicWorld::assumed_records(std::string_view name, std::string_view type) const {
  using Kind = DnsAnswer::Kind;
  const std::string stranger = space_->owned.front();
  const bool backup = name == "backup." + stranger;
  if (const auto chosen = space_->records.find(name); chosen != space_->records.end()) {
    const auto record = chosen->second.find(type);
    if (record != chosen->second.end()) return {Kind::records, {record->second}};
    if (chosen->second.contains("A") || chosen->second.contains("AAAA")) return {Kind::no_data, {}};
  }
  if (type == "A" && name == space_->own_exchanger && !space_->own_address.empty())
    return {Kind::records, {space_->own_address}};
  if (type == "A" && name == "primary." + stranger && !space_->backup_primary.empty())
    return {Kind::records, {space_->backup_primary}};
  if (type == "A") return {Kind::records, {"198.51.100.23"}};
  if (type == "NS") return {Kind::records, {"ns." + stranger}};
  if (type == "MX" && backup && !space_->own_exchanger.empty())
    return {Kind::records, {"10 primary." + stranger, "20 " + space_->own_exchanger}};
  if (type == "MX") return {Kind::records, {"10 mail." + stranger}};
  return {Kind::no_data, {}};
}

DnsAnswer SymbolicWorld::dns_answer(std::string_view name, std::string_view type,
                                    bool remember) const {
  using Kind = DnsAnswer::Kind;
  const std::string folded = casefold(name, false);
  if (!valid_hostname(folded) || folded.find('.') == npos) {
    DnsAnswer told = facts_->dns.query(folded, type);
    return told.kind != Kind::unknown ? told : DnsAnswer{Kind::nxdomain, {}};
  }
  const bool owned = below(folded, space_->owned);
  if (!owned) {
    DnsAnswer told = facts_->dns.query(folded, type);
    if (told.kind != Kind::unknown) return told;
  }
  const bool list = below(folded, space_->zones);
  DnsAnswer answer = list ? DnsAnswer{Kind::nxdomain, {}} : assumed_records(folded, type);
  if (remember) {
    auto& types = assumed_dns_.names[folded];
    types.insert_or_assign(std::string(type), answer);
  }
  return answer;
}

Answer<DnsAnswer> SymbolicWorld::dns(std::string_view name, std::string_view type) const {
  return Answer<DnsAnswer>::known(dns_answer(name, type, true));
}

Answer<std::optional<std::string>> SymbolicWorld::policy(std::string_view endpoint) const {
  Answer<std::optional<std::string>> answer = concrete_.policy(endpoint);
  if (!space_->everyone && answer.alternatives.size() > 1)
    std::erase_if(answer.alternatives, [](const Alternative<std::optional<std::string>>& a) {
      return a.value && *a.value != "DUNNO" && never_permits(*a.value);
    });
  return answer;
}

Answer<Verification> SymbolicWorld::verify(Subject subject, std::string_view address) const {
  return only(concrete_.verify(subject, address),
              [](Verification v) { return v == Verification::deliverable; });
}

}  // namespace postlint::smtpd
