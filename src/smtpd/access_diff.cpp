#include "src/smtpd/access_diff.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <unordered_set>

#include "src/smtpd/address.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/symbolic_space.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::smtpd {
namespace {

/// So many values of one kind are tried one by one, so many of them pair by pair.
constexpr std::size_t single_limit = 120;
constexpr std::size_t pair_limit = 8;
/// So many requests are put to a service; one whose answer hinges on what is not known counts for
/// as many as there are combinations of answers.
constexpr std::size_t request_limit = 3000;
constexpr std::size_t most_combinations = 256;
/// So many changes of one kind that differ in the restriction or the entry alone.
constexpr std::size_t alike_limit = 8;

/// What a request consists of: who, and what he says.
struct Client {
  std::string address;
  PeerName name, reverse;
  std::optional<TlsSession> tls;
  std::optional<std::string> sasl;
};

std::string text_of(const PeerName& name) {
  return std::to_string(static_cast<int>(name.status)) + name.name;
}

std::string key_of(const Client& c) {
  std::string key = c.address + '\n' + text_of(c.name) + '\n' + text_of(c.reverse) + '\n';
  if (c.tls) key += 't' + c.tls->fingerprint + (c.tls->trusted ? "+" : "-");
  return c.sasl ? key + "\ns" + *c.sasl : key;
}
std::string key_of(const std::string& text) { return text; }
std::string key_of(const std::optional<std::string>& text) { return text ? '+' + *text : "-"; }

/// Values of one kind, of both sides. The order does not depend on which side is which.
template <class T>
class Values {
 public:
  /// `basic`: tried with every other value. `rank`: ordinary values are low.
  void add(T value, bool basic, std::size_t rank, unsigned side) {
    const auto [entry, fresh] = entries_.try_emplace(key_of(value));
    Entry& e = entry->second;
    if (fresh) e.value = std::move(value);
    e.basic = e.basic || basic;
    e.rank = fresh ? rank : std::min(e.rank, rank);
    e.sides |= 1U << side;
  }

  /// A value that one side alone names, or to which an entry speaks that changed, is hot.
  void settle(const std::function<bool(const T&)>& touched) {
    std::vector<const typename std::map<std::string, Entry>::value_type*> all;
    for (auto& each : entries_) {
      each.second.hot = each.second.sides != 3 || touched(each.second.value);
      all.push_back(&each);
    }
    std::stable_sort(all.begin(), all.end(), [](auto* a, auto* b) {
      const auto order = [](const Entry& e) { return std::tuple(!e.basic, !e.hot, e.rank); };
      return order(a->second) < order(b->second);
    });
    for (const auto* each : all) {
      if (list_.size() >= single_limit) break;
      list_.push_back(each->second.value);
      if (each->second.basic) ++basics_;
      if (each->second.hot) hot_.push_back(each->second.value);
    }
  }

  [[nodiscard]] const std::vector<T>& all() const { return list_; }
  [[nodiscard]] bool is_basic(const T& value) const {
    const auto found = entries_.find(key_of(value));
    return found != entries_.end() && found->second.basic;
  }
  [[nodiscard]] std::vector<T> basic(std::size_t most) const {
    return {list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(std::min(most, basics_))};
  }
  /// Those that are tried with each other: what differs, then what is ordinary.
  [[nodiscard]] std::vector<T> few() const {
    std::vector<T> chosen(hot_.begin(), hot_.begin() + static_cast<std::ptrdiff_t>(
                                                           std::min(hot_.size(), pair_limit / 2)));
    for (const T& value : list_)
      if (chosen.size() < pair_limit) chosen.push_back(value);
    return chosen;
  }

 private:
  struct Entry {
    T value{};
    bool basic = false, hot = false;
    std::size_t rank = 0;
    unsigned sides = 0;
  };
  std::map<std::string, Entry> entries_;
  std::vector<T> list_, hot_;
  std::size_t basics_ = 0;
};

using TableTexts = std::map<std::string, std::string>;

/// Keys that one side has and the other has not, or with another result.
std::unordered_set<std::string> changed_keys(const TableTexts& a, const TableTexts& b) {
  std::unordered_set<std::string> keys;
  const auto compare = [&](const TableTexts& from, const TableTexts& to) {
    for (const auto& [key, value] : from) {
      const auto found = to.find(key);
      if (found == to.end() || found->second != value) keys.insert(key.substr(key.rfind('\n') + 1));
    }
  };
  compare(a, b);
  compare(b, a);
  return keys;
}

/// Does one of the keys speak to this address, name or domain?
bool touches(const std::unordered_set<std::string>& keys, const std::string& text) {
  if (keys.empty()) return false;
  if (keys.contains(text)) return true;
  const std::size_t at = text.rfind('@');
  if (at != std::string::npos && keys.contains(text.substr(0, at + 1))) return true;
  std::string rest = at == std::string::npos ? text : text.substr(at);
  while (!rest.empty()) {
    if (keys.contains(rest) || keys.contains(rest.substr(1))) return true;
    const std::size_t dot = rest.find('.', 1);
    if (dot == std::string::npos) return false;
    rest.erase(0, dot);
  }
  return false;
}

/// What one side knows of itself.
struct Side {
  const Server* server = nullptr;
  RelayAnalysis analysis;
  Space space;
  Sources sources;
  TableTexts texts;
};

std::vector<const Maps*> tables_of(const Side& side) {
  const Server::Tables& t = side.server->tables();
  std::vector<const Maps*> all{&t.relay_certificates, &t.local_recipients, &t.virtual_aliases,
                               &t.virtual_mailboxes,  &t.relay_recipients, &t.sender_logins};
  for (const auto* sources : {&side.sources.clients, &side.sources.reverses, &side.sources.helos,
                              &side.sources.senders, &side.sources.recipients})
    all.insert(all.end(), sources->begin(), sources->end());
  return all;
}

void each_entry(const std::vector<const Maps*>& sources,
                const std::function<void(const TableEntry&)>& visit) {
  for (const Maps* maps : sources)
    for (const Table* table : maps->tables())
      table->each_entry([&](const TableEntry& entry) {
        visit(entry);
        return true;
      });
}

Side side_of(const Server& server, const Facts& facts) {
  Side side;
  side.server = &server;
  side.analysis = analyse_relay(server, facts, {});
  if (side.analysis.verdict == RelayVerdict::dead) return side;
  side.space = stranger_space(server, {}, find_sources(server));
  side.sources = find_sources(server);
  for (const Maps* maps : tables_of(side))
    for (const Table* table : maps->tables())
      table->each_entry([&](const TableEntry& entry) {
        side.texts[table->type_name() + '\n' + std::string(entry.pattern)] = entry.value;
        return true;
      });
  return side;
}

Client client_of(const Request& request) {
  return {request.client, request.client_name, request.reverse_name, request.tls, request.sasl};
}

bool usual_domain(std::string_view text) { return valid_hostname(text); }

/// A request by its parts, and which of them are ordinary.
struct Parts {
  std::array<std::string, 4> keys;  // client, HELO, sender, recipient
  std::array<bool, 4> plain{};

  /// Does this request stand for the other? They are alike but for parts in which it is ordinary.
  [[nodiscard]] bool covers(const Parts& other) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (!plain[i] && keys[i] != other.keys[i]) return false;
    return true;
  }
};

/// Every request that may tell two servers apart.
class Requests {
 public:
  Requests(const Side& before, const Side& after) {
    sides_ = {&before, &after};
    for (unsigned i = 0; i < 2; ++i)
      if (sides_[i]->analysis.verdict != RelayVerdict::dead) collect(*sides_[i], i);
    networks();
    const auto keys = changed_keys(before.texts, after.texts);
    clients_.settle([&](const Client& c) { return client_touched(keys, c); });
    const auto touched = [&](const std::string& text) { return touches(keys, text); };
    helos_.settle([&](const std::optional<std::string>& h) { return h && touched(*h); });
    senders_.settle(touched);
    recipients_.settle(touched);
  }

  /// In the order of plainness. `visit` says how much work a request was.
  void each(const std::function<std::size_t(const Request&, const Parts&)>& visit) {
    visit_ = &visit;
    const auto client = clients_.basic(6);
    const auto few_clients = clients_.basic(4);
    const auto sender = senders_.basic(1);
    const auto helo = helos_.basic(2);
    const auto recipient = recipients_.basic(10);
    const auto few_recipients = recipients_.basic(5);
    product(client, one(helo), sender, recipient);
    product(few_clients, helo, sender, few_recipients);
    product(clients_.few(), one(helo), senders_.few(), recipients_.few());
    product(clients_.few(), helos_.few(), sender, recipients_.few());
    product(few_clients, helos_.few(), senders_.few(), few_recipients);
    product(few_clients, one(helo), sender, recipients_.all());
    product(clients_.all(), one(helo), sender, few_recipients);
    product(few_clients, one(helo), senders_.all(), few_recipients);
    product(few_clients, helos_.all(), sender, few_recipients);
  }

  [[nodiscard]] std::vector<std::string> domains() const {
    std::vector<std::string> all;
    const auto take = [&](const std::string& text) {
      const std::string domain = text.substr(text.rfind('@') + 1);
      if (usual_domain(domain)) all.push_back(domain);
    };
    for (const std::string& sender : senders_.all()) take(sender);
    for (const std::string& recipient : recipients_.all()) take(recipient);
    for (const auto& helo : helos_.all())
      if (helo) take(*helo);
    for (const Client& client : clients_.all())
      if (client.name.status == PeerName::Status::known) take(client.name.name);
    return all;
  }

 private:
  template <class T>
  static std::vector<T> one(const std::vector<T>& values) {
    return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(!values.empty())};
  }

  static bool client_touched(const std::unordered_set<std::string>& keys, const Client& c) {
    return touches(keys, c.address) || touches(keys, c.name.name) ||
           (c.tls && keys.contains(c.tls->fingerprint)) || (c.sasl && keys.contains(*c.sasl));
  }

  void collect(const Side& side, unsigned number) {
    const std::string stranger = "mail." + side.space.owned.front();
    const PeerName name{PeerName::Status::known, stranger};
    for (const MatrixCell& cell : side.analysis.matrix) {
      const auto rank = static_cast<std::size_t>(cell.client);
      clients_.add(client_of(cell.request), true, rank, number);
      recipients_.add(cell.request.to.front(), true, static_cast<std::size_t>(cell.destination),
                      number);
    }
    helos_.add(std::nullopt, true, 1, number);
    const Space& space = side.space;
    const std::string base = space.addresses.empty() ? "198.51.100.23" : space.addresses.front();
    for (std::size_t i = 0; i < space.addresses.size(); ++i)
      clients_.add({space.addresses[i], name, name, {}, {}}, false, 10 + i, number);
    for (std::size_t i = 0; i < space.names.size(); ++i)
      clients_.add({base, space.names[i].client, space.names[i].reverse, {}, {}}, false, 20 + i,
                   number);
    for (const auto& tls : space.tls) clients_.add({base, name, name, tls, {}}, false, 15, number);
    for (std::size_t i = 0; i < space.helos.size(); ++i)
      helos_.add(space.helos[i], i == 0, 2 * i, number);
    for (std::size_t i = 0; i < space.senders.size(); ++i)
      senders_.add(space.senders[i], i == 0, i, number);
    for (std::size_t i = 0; i < space.recipients.size(); ++i)
      recipients_.add(space.recipients[i].to, false, 10 + i, number);
    trusted(side, number, base, name);
    logins(side, number, base, name);
    elsewhere(side, number, base, name);
    destinations(side, number);
  }

  void trusted(const Side& side, unsigned number, const std::string& base, const PeerName& name) {
    for (const TrustedParty& party : side.analysis.trusted) {
      Client client{base, name, name, {}, {}};
      if (party.kind == TrustedParty::Kind::sasl) {
        client.sasl = party.value == "any login" ? "user" : party.value;
        if (side.server->parameters().tls_auth_only) client.tls.emplace();
      } else if (party.kind == TrustedParty::Kind::certificate) {
        client.tls.emplace();
        client.tls->fingerprint = client.tls->public_key_fingerprint = party.value;
        client.tls->trusted = party.span.in_file() && party.table.empty();
      } else if (party.kind == TrustedParty::Kind::name) {
        client.name = {PeerName::Status::known, party.value};
        client.reverse = client.name;
      } else {
        continue;
      }
      clients_.add(client, false, 12, number);
    }
  }

  /// Owners of sender addresses, with and without the address.
  void logins(const Side& side, unsigned number, const std::string& base, const PeerName& name) {
    std::size_t rank = 30;
    each_entry({&side.server->tables().sender_logins}, [&](const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::exact) return;
      const std::string login(entry.value.substr(0, entry.value.find_first_of(" ,\t")));
      Client client{base, name, name, {}, login};
      if (side.server->parameters().tls_auth_only) client.tls.emplace();
      clients_.add(client, false, rank, number);
      if (entry.pattern.find('@') != std::string_view::npos)
        senders_.add(std::string(entry.pattern), false, rank, number);
      ++rank;
    });
  }

  /// Users who log in from all kinds of clients.
  void elsewhere(const Side& side, unsigned number, const std::string& base, const PeerName& name) {
    const auto client = login_of(side);
    if (!client) return;
    std::size_t rank = 60;
    const auto add = [&](const std::string& address, const PeerName& known, const PeerName& ptr) {
      Client user = *client;
      user.address = address;
      user.name = known;
      user.reverse = ptr;
      clients_.add(user, false, rank++, number);
    };
    for (const ClientNames& names : side.space.names) add(base, names.client, names.reverse);
    for (const std::string& address : side.space.addresses) add(address, name, name);
  }

  /// A user as the matrix has one; nothing: nobody can log in.
  static std::optional<Client> login_of(const Side& side) {
    for (const MatrixCell& cell : side.analysis.matrix)
      if (cell.client == ClientClass::sasl_user) return client_of(cell.request);
    return std::nullopt;
  }

  void destinations(const Side& side, unsigned number) {
    const Resolver& resolver = side.server->resolver();
    std::vector<std::string> own;
    std::size_t rank = 20;
    for (const MatchList* list : {&resolver.mydestination(), resolver.virtual_alias_domains(),
                                  resolver.virtual_mailbox_domains(), resolver.relay_domains()}) {
      if (list == nullptr) continue;
      for (const MatchList::Pattern& pattern : list->patterns()) {
        if (pattern.table == nullptr) own.push_back(pattern.text);
        if (pattern.table != nullptr)
          pattern.table->each_entry([&](const TableEntry& entry) {
            if (entry.kind == TableEntry::Kind::exact) own.emplace_back(entry.pattern);
            return own.size() < single_limit;
          });
      }
    }
    for (std::string domain : own) {
      if (domain.starts_with('.')) domain.insert(0, "mail");
      if (usual_domain(domain)) recipients_.add("someone@" + domain, false, rank++, number);
      if (usual_domain(domain) && rank < 60)
        recipients_.add("someone@mail." + domain, false, rank++, number);
    }
    const Server::Tables& t = side.server->tables();
    std::vector<const Maps*> maps{&t.local_recipients, &t.virtual_aliases, &t.virtual_mailboxes,
                                  &t.relay_recipients};
    maps.insert(maps.end(), side.sources.recipients.begin(), side.sources.recipients.end());
    const std::string home = own.empty() || !usual_domain(own.front()) ? "" : own.front();
    each_entry(maps, [&](const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::exact) return;
      const std::string key(entry.pattern);
      const std::size_t at = key.rfind('@');
      ++rank;
      if (at == std::string::npos) {
        if (usual_domain(key)) recipients_.add("someone@" + key, false, rank, number);
        if (!home.empty()) recipients_.add(key + '@' + home, false, rank, number);
      } else if (at + 1 == key.size()) {
        recipients_.add(key + "elsewhere.example", false, rank, number);
        if (!home.empty()) recipients_.add(key + home, false, rank, number);
      } else {
        recipients_.add((at == 0 ? "someone" : "") + key, false, rank, number);
      }
    });
  }

  /// A name of the stranger's: the same, whichever side is which.
  [[nodiscard]] std::string ordinary_name() const {
    std::string least;
    for (const Side* side : sides_) {
      if (side->analysis.verdict == RelayVerdict::dead) continue;
      const std::string& own = side->space.owned.front();
      if (least.empty() || own < least) least = own;
    }
    return "mail." + least;
  }

  /// Clients of each block of addresses that the networks of both sides cut out: with a name, as
  /// lists ask for one, and without.
  void networks() {
    AddressCuts cuts;
    bool ipv4 = false;
    bool ipv6 = false;
    for (const Side* side : sides_) {
      if (side->analysis.verdict == RelayVerdict::dead) continue;
      ipv4 = ipv4 || side->server->parameters().ipv4;
      ipv6 = ipv6 || side->server->parameters().ipv6;
      for (const ListedNetwork& listed : listed_networks(side->server->tables().mynetworks))
        cuts.add(listed.network);
      each_entry(side->sources.clients, [&](const TableEntry& entry) {
        const auto network = entry.kind == TableEntry::Kind::network
                                 ? grammar::parse_network(entry.pattern).network
                             : entry.kind == TableEntry::Kind::exact ? network_of_key(entry.pattern)
                                                                     : std::nullopt;
        if (network) cuts.add(*network);
      });
    }
    std::size_t rank = 11;
    const PeerName named{PeerName::Status::known, ordinary_name()};
    const PeerName none{PeerName::Status::none, {}};
    for (const AddressBlock& block : cuts.blocks(ipv4, ipv6, true)) {
      for (const PeerName& name : {named, none})
        for (unsigned side = 0; side < 2; ++side) {
          clients_.add({block.representative, name, name, {}, {}}, false, rank, side);
          const auto user = login_of(*sides_[side]);
          if (user)
            clients_.add({block.representative, name, name, user->tls, user->sasl}, false,
                         rank + 40, side);
        }
      ++rank;
    }
  }

  void product(const std::vector<Client>& clients,
               const std::vector<std::optional<std::string>>& helos,
               const std::vector<std::string>& senders,
               const std::vector<std::string>& recipients) {
    for (const Client& client : clients)
      for (const auto& helo : helos)
        for (const std::string& sender : senders)
          for (const std::string& recipient : recipients)
            if (spent_ < request_limit) ask(client, helo, sender, recipient);
  }

  void ask(const Client& client, const std::optional<std::string>& helo, const std::string& sender,
           const std::string& recipient) {
    const Parts parts{{key_of(client), key_of(helo), sender, recipient},
                      {clients_.is_basic(client), helo && helos_.is_basic(helo),
                       senders_.is_basic(sender), recipients_.is_basic(recipient)}};
    std::string key;
    for (const std::string& part : parts.keys) key += part + '\0';
    if (!seen_.insert(std::move(key)).second) return;
    Request request;
    request.client = client.address;
    request.client_name = client.name;
    request.reverse_name = client.reverse;
    request.tls = client.tls;
    request.sasl = client.sasl;
    request.helo = helo;
    request.from = sender;
    request.to = {recipient};
    spent_ += (*visit_)(request, parts);
  }

  std::array<const Side*, 2> sides_{};
  Values<Client> clients_;
  Values<std::optional<std::string>> helos_;
  Values<std::string> senders_, recipients_;
  std::unordered_set<std::string> seen_;
  std::size_t spent_ = 0;
  const std::function<std::size_t(const Request&, const Parts&)>* visit_ = nullptr;
};

/// May it be accepted, and is that sure?
struct Reach {
  bool sure = false;
  bool possible = false;
};

Reach reach_of(const Trace& trace) {
  if (trace.verdict != Verdict::depends) {
    const bool accepted = trace.verdict == Verdict::accept;
    return {accepted, accepted};
  }
  const auto accepts = [](const Outcome& o) { return o.verdict == Verdict::accept; };
  return {false, std::any_of(trace.outcomes.begin(), trace.outcomes.end(), accepts)};
}

std::optional<Direction> direction_of(const Trace& before, const Trace& after) {
  const Reach was = reach_of(before);
  const Reach is = reach_of(after);
  if (is.sure != was.sure || is.possible != was.possible) {
    const int change = (is.sure - was.sure) + (is.possible - was.possible);
    return change > 0 ? Direction::wider : Direction::narrower;
  }
  const auto refuses = [](const Trace& t) {
    return t.verdict == Verdict::reject || t.verdict == Verdict::defer;
  };
  if (before.verdict != after.verdict && refuses(before) && refuses(after)) return Direction::other;
  return std::nullopt;
}

std::string decider(const std::optional<Trace>& trace) {
  if (!trace || !trace->decided_by) return "-";
  const Decision& d = *trace->decided_by;
  return d.list + '\n' + d.restriction + '\n' + (d.table ? d.table->table + d.table->key : "");
}

template <class T>
std::string number(const std::optional<T>& value) {
  return value ? std::to_string(static_cast<int>(*value)) : "-";
}

std::string kind_of(const AccessChange& change) {
  return number(change.client_before) + number(change.client_after) + '|' +
         number(change.destination_before) + number(change.destination_after) + '|' +
         std::to_string(static_cast<int>(change.before ? change.before->verdict : Verdict::fatal)) +
         std::to_string(static_cast<int>(change.after ? change.after->verdict : Verdict::fatal));
}

class Comparison {
 public:
  Comparison(const Server& before, const Server& after, const Facts& facts)
      : facts_(facts),
        before_(side_of(before, facts)),
        after_(side_of(after, facts)),
        requests_(before_, after_) {}

  void run(AccessDiff& diff) {
    diff_ = &diff;
    verdicts();
    const Facts ordinary = ordinary_facts(facts_, requests_.domains());
    requests_.each([&](const Request& request, const Parts& parts) {
      return compare(request, parts, ordinary, {});
    });
    witnesses();
    // What hinges on the DNS, seen by the most ordinary requests.
    for (const Side* side : {&before_, &after_})
      for (const MatrixCell& cell : side->analysis.matrix)
        compare(cell.request, parts_of(cell.request), facts_, {});
  }

 private:
  static int level(RelayVerdict verdict) {
    return verdict == RelayVerdict::dead ? 0 : static_cast<int>(verdict);
  }

  void verdicts() {
    const RelayVerdict was = before_.analysis.verdict;
    const RelayVerdict is = after_.analysis.verdict;
    if (was == is) return;
    const int change = level(is) - level(was);
    const Direction direction = change > 0   ? Direction::wider
                                : change < 0 ? Direction::narrower
                                             : Direction::other;
    diff_->verdicts.push_back({after_.server->name(), direction, was, is});
  }

  void witnesses() {
    for (const Side* side : {&before_, &after_})
      for (const RelayWitness& witness : side->analysis.witnesses) {
        Facts facts = facts_;
        for (const auto& [name, types] : witness.dns.names)
          for (const auto& [type, answer] : types)
            facts.dns.names[name].insert_or_assign(type, answer);
        compare(witness.request, parts_of(witness.request), facts, witness.dns);
      }
  }

  static Parts parts_of(const Request& request) {
    return {{key_of(client_of(request)), key_of(request.helo), request.from, request.to.front()},
            {}};
  }

  static std::size_t combinations(const Trace& trace) {
    std::size_t count = 1;
    if (trace.verdict == Verdict::depends)
      for (std::size_t i = 0; i < trace.assumes.size() && count < most_combinations; ++i)
        count *= 2;
    return count;
  }

  /// Returns how much work it was.
  std::size_t compare(Request request, const Parts& parts, const Facts& facts,
                      const DnsFacts& dns) {
    ++diff_->requests;
    request.service = before_.server->name();
    Trace was = evaluate(*before_.server, request, facts);
    request.service = after_.server->name();
    Trace is = evaluate(*after_.server, request, facts);
    const std::size_t work = std::max(combinations(was), combinations(is));
    const auto direction = direction_of(was, is);
    if (!direction) return work;
    AccessChange change;
    change.service = after_.server->name();
    change.direction = *direction;
    change.client_before = client_class_of(*before_.server, request);
    change.client_after = client_class_of(*after_.server, request);
    change.destination_before = destination_class_of(*before_.server, request.to.front());
    change.destination_after = destination_class_of(*after_.server, request.to.front());
    change.request = std::move(request);
    change.dns = dns;
    change.before = std::move(was);
    change.after = std::move(is);
    keep(std::move(change), parts);
    return work;
  }

  void keep(AccessChange change, const Parts& parts) {
    const std::string kind = kind_of(change);
    std::vector<Parts>& known = known_[kind];
    const bool covered = std::any_of(known.begin(), known.end(),
                                     [&](const Parts& each) { return each.covers(parts); });
    if (covered || known.size() == alike_limit) return;
    const std::string deciders = decider(change.before) + '\n' + decider(change.after);
    if (!seen_.insert(kind + '\n' + deciders).second) return;
    known.push_back(parts);
    diff_->changes.push_back(std::move(change));
  }

  const Facts& facts_;
  Side before_, after_;
  Requests requests_;
  AccessDiff* diff_ = nullptr;
  std::set<std::string> seen_;
  std::map<std::string, std::vector<Parts>> known_;
};

/// All that a service lets in which the other side does not have.
void single(const Server& server, bool added, const Facts& facts, AccessDiff& diff) {
  const RelayAnalysis analysis = analyse_relay(server, facts, {});
  VerdictChange verdict{server.name(), Direction::other, {}, {}};
  (added ? verdict.after : verdict.before) = analysis.verdict;
  if (analysis.verdict > RelayVerdict::closed && analysis.verdict != RelayVerdict::dead)
    verdict.direction = added ? Direction::wider : Direction::narrower;
  diff.verdicts.push_back(verdict);
  std::vector<std::string> domains;
  for (const MatrixCell& cell : analysis.matrix)
    for (const std::string& text : {cell.request.from, cell.request.to.front()})
      domains.push_back(text.substr(text.rfind('@') + 1));
  const Facts ordinary = ordinary_facts(facts, domains);
  for (const MatrixCell& cell : analysis.matrix) {
    Trace trace = evaluate(server, cell.request, ordinary);
    ++diff.requests;
    if (!reach_of(trace).possible) continue;
    AccessChange change;
    change.service = server.name();
    change.direction = added ? Direction::wider : Direction::narrower;
    change.request = cell.request;
    (added ? change.client_after : change.client_before) = cell.client;
    (added ? change.destination_after : change.destination_before) = cell.destination;
    (added ? change.after : change.before) = std::move(trace);
    diff.changes.push_back(std::move(change));
  }
}

}  // namespace

std::string_view direction_name(Direction direction) {
  switch (direction) {
    case Direction::wider:
      return "wider";
    case Direction::narrower:
      return "narrower";
    default:
      return "other";
  }
}

ClientClass client_class_of(const Server& server, const Request& request) {
  if (request.sasl && server.parameters().sasl_enabled) return ClientClass::sasl_user;
  if (request.tls && (request.tls->trusted ||
                      server.tables().relay_certificates.find(request.tls->fingerprint).found()))
    return ClientClass::certificate;
  const bool own =
      server.local_domains().is_own_address(request.client) == MatchOutcome::Kind::match;
  if (own || request.client.starts_with("127.") || request.client == "::1")
    return ClientClass::this_host;
  const bool named = request.client_name.status == PeerName::Status::known;
  const std::string name = named ? request.client_name.name : std::string("unknown");
  return server.tables().mynetworks.match(name, request.client).matched() ? ClientClass::my_networks
                                                                          : ClientClass::stranger;
}

std::optional<DestinationClass> destination_class_of(const Server& server, const std::string& to) {
  const auto internal = internal_form(server, to, false);
  if (!internal) return std::nullopt;
  const ResolvedAddress& resolved = server.resolver().resolve({}, *internal);
  if (resolved.status != ResolvedAddress::Status::ok) return std::nullopt;
  switch (resolved.address_class) {
    case AddressClass::local:
      return DestinationClass::local;
    case AddressClass::virtual_alias:
      return DestinationClass::virtual_alias;
    case AddressClass::virtual_mailbox:
      return DestinationClass::virtual_mailbox;
    case AddressClass::relay:
      return DestinationClass::relay;
    default:
      return DestinationClass::foreign;
  }
}

bool AccessDiff::any(Direction direction) const {
  const auto is = [&](const auto& change) { return change.direction == direction; };
  return std::any_of(verdicts.begin(), verdicts.end(), is) ||
         std::any_of(changes.begin(), changes.end(), is);
}

AccessDiff diff_access(const Server* before, const Server* after, const Facts& facts) {
  AccessDiff diff;
  if (before != nullptr && after != nullptr)
    Comparison(*before, *after, facts).run(diff);
  else if (before != nullptr || after != nullptr)
    single(before != nullptr ? *before : *after, before == nullptr, facts, diff);
  const auto order = [](Direction d) { return static_cast<int>(d); };
  std::stable_sort(diff.changes.begin(), diff.changes.end(),
                   [&](const AccessChange& a, const AccessChange& b) {
                     return order(a.direction) < order(b.direction);
                   });
  return diff;
}

}  // namespace postlint::smtpd
