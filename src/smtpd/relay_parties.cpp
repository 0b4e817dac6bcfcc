#include "src/smtpd/relay_parties.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "src/smtpd/address.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;
/// So many members of the lists are asked of the evaluator one by one.
constexpr std::size_t asked_limit = 300;
/// So many combinations of unknown answers are played for one cell of the matrix.
constexpr std::size_t matrix_combinations = 64;
/// Where something is unknown, one question is many runs.
constexpr std::size_t cost_of_depends = 30;

class Parties {
 public:
  Parties(const Server& server, const Facts& facts, const Space& space, RelayAnalysis& result)
      : server_(server),
        space_(space),
        result_(result),
        sources_(find_sources(server)),
        stranger_("mail." + space.owned.front()),
        foreign_(ordinary_destination(space)),
        facts_(ordinary_facts(
            facts, {stranger_, space.owned.front(), foreign_.substr(foreign_.rfind('@') + 1)})) {}

  void run() {
    networks();
    client_tables();
    logins();
    certificates();
    matrix();
  }

 private:
  // ------------------------------------------------------------ requests

  [[nodiscard]] Request ordinary(const std::string& to) const {
    return ordinary_request(server_, space_, to);
  }

  [[nodiscard]] Request from_address(const std::string& address, const std::string& to) const {
    Request request = ordinary(to);
    request.client = address;
    if (address.starts_with("127.") || address == "::1")
      request.client_name = request.reverse_name = {PeerName::Status::known, "localhost"};
    return request;
  }

  [[nodiscard]] Request with_login(const std::string& login, const std::string& to) const {
    Request request = ordinary(to);
    request.sasl = login;
    if (server_.parameters().tls_auth_only && !request.tls) request.tls.emplace();
    return request;
  }

  [[nodiscard]] Request with_certificate(const std::string& print, bool trusted,
                                         const std::string& to) const {
    Request request = ordinary(to);
    request.tls.emplace();
    request.tls->fingerprint = print;
    request.tls->public_key_fingerprint = print;
    request.tls->common_name = stranger_;
    request.tls->trusted = trusted;
    return request;
  }

  /// May such a client send mail to a foreign destination? Fills `party` with what that assumes.
  bool relays(const Request& request, TrustedParty& party) {
    if (asked_++ > asked_limit) {
      party.assumes = last_assumes_;
      return true;
    }
    const Trace trace = evaluate(server_, request, facts_);
    if (trace.verdict == Verdict::depends) {
      asked_ += cost_of_depends;
      const bool possible =
          std::any_of(trace.outcomes.begin(), trace.outcomes.end(),
                      [](const Outcome& o) { return o.verdict == Verdict::accept; });
      party.assumes = trace.assumes;
      // That decides only how headers are rewritten, as long as something else decides at all.
      if (party.assumes.size() > 1)
        std::erase_if(party.assumes, [](const std::string& fact) {
          return fact.starts_with("the addresses of this host");
        });
      last_assumes_ = party.assumes;
      return possible;
    }
    if (trace.decided_by) decided_ = *trace.decided_by;
    return trace.verdict == Verdict::accept;
  }

  void trust(TrustedParty party) {
    const std::string key = std::string(trusted_kind_name(party.kind)) + '\n' + party.value + '\n' +
                            std::to_string(party.span.lo) + party.table;
    if (seen_.insert(key).second) result_.trusted.push_back(std::move(party));
  }

  // ------------------------------------------------------------ mynetworks

  void networks() {
    const MatchList& list = server_.tables().mynetworks;
    for (const MatchList::Pattern& pattern : list.patterns()) {
      if (pattern.negated || pattern.text.find('$') != npos) continue;
      if (pattern.table == nullptr) {
        pattern_client(list, pattern.text, pattern.written, pattern.span, {});
        continue;
      }
      const std::string& table = pattern.table->type_name();
      const bool listed = pattern.table->each_entry([&](const TableEntry& entry) {
        if (entry.negated) return true;
        if (entry.kind == TableEntry::Kind::regexp || entry.kind == TableEntry::Kind::any)
          other_client(entry.kind == TableEntry::Kind::any ? "any client"
                                                           : '/' + std::string(entry.pattern) + '/',
                       entry.span, table);
        else
          pattern_client(list, std::string(entry.pattern), std::string(entry.pattern), entry.span,
                         table);
        return true;
      });
      if (!listed) other_client("what " + table + " holds", pattern.span, table);
    }
  }

  static std::optional<grammar::Network> network_of(std::string_view text) {
    if (const auto network = grammar::parse_network(text).network) return network;
    return std::nullopt;
  }

  /// Addresses of a network, plain ones first.
  static std::vector<std::string> some_of(const grammar::Network& network) {
    AddressCuts cuts;
    cuts.add(network);
    const bool v6 = network.address.family == grammar::Family::ipv6;
    std::vector<std::string> found;
    for (const AddressBlock& block : cuts.blocks(!v6, v6, true)) {
      for (const std::string& text :
           {block.representative, block.few[0], block.few[1], block.few[2]}) {
        const auto address = grammar::parse_address(text);
        if (address && grammar::contains(network, *address)) found.push_back(text);
      }
    }
    return found;
  }

  void pattern_client(const MatchList& list, const std::string& text, const std::string& written,
                      text::Span span, const std::string& table) {
    TrustedParty party;
    party.value = written;
    party.span = span;
    party.table = table;
    const auto network = network_of(text);
    if (!network) {
      party.kind = TrustedParty::Kind::name;
      Request request = ordinary(foreign_);
      if (same_word(text, "unknown"))
        request.client_name = request.reverse_name = {PeerName::Status::none, {}};
      else
        request.client_name = request.reverse_name = {PeerName::Status::known,
                                                      text.starts_with('.') ? "mail" + text : text};
      if (list.match(request.client_name.name, "-").matched() && relays(request, party))
        trust(std::move(party));
      return;
    }
    party.kind = TrustedParty::Kind::network;
    party.size = network_size(*network);
    if (asked_ > asked_limit) return trust(std::move(party));
    for (const std::string& address : some_of(*network)) {
      const MatchOutcome match = list.match("", address);
      const bool here = table.empty() ? match.span == span : match.entry.span == span;
      if (!match.matched() || !here) continue;
      if (first_network_.empty() && !address.starts_with("127.") && address != "::1")
        first_network_ = address;
      if (relays(from_address(address, foreign_), party)) return trust(std::move(party));
    }
  }

  void other_client(std::string value, text::Span span, const std::string& table) {
    bool asked = false;
    for (const Word& word : all_words())
      asked = asked || word.keyword == Keyword::permit_mynetworks;
    if (!asked) return;
    TrustedParty party;
    party.kind = TrustedParty::Kind::table;
    party.value = std::move(value);
    party.span = span;
    party.table = table;
    trust(std::move(party));
  }

  [[nodiscard]] std::vector<Word> all_words() const {
    std::vector<Word> words;
    for (std::size_t i = 0; i < list_count; ++i) {
      const std::vector<Word>& list = server_.list(static_cast<ListName>(i)).words;
      words.insert(words.end(), list.begin(), list.end());
    }
    return words;
  }

  // ------------------------------------------------------------ access tables

  void client_tables() {
    for (const Maps* maps : sources_.clients)
      for (const Table* table : maps->tables())
        table->each_entry([&](const TableEntry& entry) {
          if (!never_permits(entry.value)) client_entry(*table, entry);
          return true;
        });
  }

  void client_entry(const Table& table, const TableEntry& entry) {
    TrustedParty party;
    party.kind = TrustedParty::Kind::table;
    party.value = entry.pattern;
    party.span = entry.span;
    party.table = table.type_name();
    if (entry.kind == TableEntry::Kind::regexp || entry.negated) return;
    std::optional<grammar::Network> network;
    if (entry.kind == TableEntry::Kind::network) network = network_of(entry.pattern);
    if (entry.kind == TableEntry::Kind::exact) network = network_of_key(entry.pattern);
    if (entry.kind == TableEntry::Kind::any) {
      party.value = "any client";
      if (relays(ordinary(foreign_), party)) trust(std::move(party));
    } else if (network) {
      party.size = network_size(*network);
      if (asked_ > asked_limit) return trust(std::move(party));
      for (const std::string& address : some_of(*network)) {
        const LookupResult hit = table.lookup(
            entry.kind == TableEntry::Kind::exact ? std::string(entry.pattern) : address);
        if (!(hit.span == entry.span)) continue;
        if (relays(from_address(address, foreign_), party)) return trust(std::move(party));
      }
    } else if (entry.kind == TableEntry::Kind::exact) {
      Request request = ordinary(foreign_);
      const std::string name(entry.pattern);
      request.client_name = {PeerName::Status::known, name.starts_with('.') ? "mail" + name : name};
      if (same_word(name, "unknown")) request.client_name = {PeerName::Status::none, {}};
      request.reverse_name = request.client_name;
      if (relays(request, party)) trust(std::move(party));
    }
  }

  /// The tables behind a keyword, wherever it stands.
  [[nodiscard]] std::vector<const Maps*> tables_of(Keyword keyword) const {
    std::vector<const Maps*> found;
    const std::vector<Word> words = all_words();
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i].keyword != keyword) continue;
      const TableArgument* argument = server_.table_argument(words[i + 1].text);
      const Maps* maps = argument != nullptr ? server_.access_table(argument->type_name) : nullptr;
      if (maps != nullptr && std::find(found.begin(), found.end(), maps) == found.end())
        found.push_back(maps);
    }
    return found;
  }

  // ------------------------------------------------------------ logins, certificates

  /// An ordinary stranger needs no login.
  bool everyone_relays() {
    TrustedParty nobody;
    return result_.verdict == RelayVerdict::open && relays(ordinary(foreign_), nobody);
  }

  void logins() {
    if (!server_.parameters().sasl_enabled) return;
    TrustedParty any;
    any.kind = TrustedParty::Kind::sasl;
    any.value = "any login";
    decided_ = {};
    if (!everyone_relays() && relays(with_login("user", foreign_), any)) {
      any.span = decided_.span;
      if (decided_.table) any.table = decided_.table->table;
      return trust(std::move(any));
    }
    for (const Maps* maps : tables_of(Keyword::check_sasl_access))
      for (const Table* table : maps->tables())
        table->each_entry([&](const TableEntry& entry) {
          TrustedParty party;
          party.kind = TrustedParty::Kind::sasl;
          party.value = entry.pattern;
          party.span = entry.span;
          party.table = table->type_name();
          if (entry.kind == TableEntry::Kind::exact && !never_permits(entry.value) &&
              relays(with_login(std::string(entry.pattern), foreign_), party))
            trust(std::move(party));
          return true;
        });
  }

  void certificates() {
    if (!sources_.tls) return;
    std::vector<const Maps*> sources = tables_of(Keyword::check_ccert_access);
    sources.push_back(&server_.tables().relay_certificates);
    for (const Maps* maps : sources)
      for (const Table* table : maps->tables())
        table->each_entry([&](const TableEntry& entry) {
          TrustedParty party;
          party.kind = TrustedParty::Kind::certificate;
          const bool any = entry.kind == TableEntry::Kind::any;
          party.value = any ? "any certificate" : std::string(entry.pattern);
          party.span = entry.span;
          party.table = table->type_name();
          const std::string print = any ? "00:00" : party.value;
          if ((any || entry.kind == TableEntry::Kind::exact) &&
              relays(with_certificate(print, false, foreign_), party)) {
            if (listed_print_.empty()) listed_print_ = print;
            trust(std::move(party));
          }
          return true;
        });
    for (const Word& word : all_words()) {
      if (word.keyword != Keyword::permit_tls_all_clientcerts) continue;
      TrustedParty party;
      party.kind = TrustedParty::Kind::certificate;
      party.value = "any certificate of an authority that smtpd trusts";
      decided_ = {};
      if (relays(with_certificate("FF:FF", true, foreign_), party)) {
        party.span = decided_.span;
        trust(std::move(party));
      }
      break;
    }
  }

  // ------------------------------------------------------------ the matrix

  static bool usable_domain(std::string_view text) {
    return valid_hostname(text) && text.find('.') != npos;
  }

  /// A domain of a class: the first that its list names.
  static std::string domain_of(const MatchList* list) {
    if (list == nullptr) return {};
    for (const MatchList::Pattern& pattern : list->patterns()) {
      if (pattern.negated) continue;
      std::string domain = pattern.table == nullptr ? pattern.text : std::string();
      if (pattern.table != nullptr)
        pattern.table->each_entry([&](const TableEntry& entry) {
          if (entry.kind == TableEntry::Kind::exact && usable_domain(entry.pattern) &&
              entry.pattern.find('@') == npos)
            domain = entry.pattern;
          return domain.empty();
        });
      if (domain.starts_with('.')) domain.insert(0, "mail");
      if (usable_domain(domain)) return domain;
    }
    return {};
  }

  /// An address of the domain that the table of its class knows.
  static std::string member_of(const Maps& maps, const std::string& domain,
                               const std::string& otherwise) {
    std::string found;
    const std::string suffix = '@' + domain;
    for (const Table* table : maps.tables())
      table->each_entry([&](const TableEntry& entry) {
        if (entry.kind == TableEntry::Kind::exact && entry.pattern.size() > suffix.size() &&
            entry.pattern.ends_with(suffix))
          found = entry.pattern;
        return found.empty();
      });
    return found.empty() ? otherwise + suffix : found;
  }

  [[nodiscard]] std::array<std::string, destination_class_count> destinations() const {
    const Resolver& resolver = server_.resolver();
    const Server::Tables& tables = server_.tables();
    std::array<std::string, destination_class_count> to;
    const std::string local = domain_of(&resolver.mydestination());
    if (!local.empty()) to[0] = "postmaster@" + local;
    const std::string alias = domain_of(resolver.virtual_alias_domains());
    if (!alias.empty()) to[1] = member_of(tables.virtual_aliases, alias, "someone");
    const std::string mailbox = domain_of(resolver.virtual_mailbox_domains());
    if (!mailbox.empty()) to[2] = member_of(tables.virtual_mailboxes, mailbox, "someone");
    const std::string relay = domain_of(resolver.relay_domains());
    if (!relay.empty()) to[3] = member_of(tables.relay_recipients, relay, "someone");
    to[4] = foreign_;
    return to;
  }

  [[nodiscard]] std::optional<Request> client(ClientClass c, const std::string& to) const {
    switch (c) {
      case ClientClass::stranger:
        return ordinary(to);
      case ClientClass::my_networks:
        if (first_network_.empty()) return std::nullopt;
        return from_address(first_network_, to);
      case ClientClass::this_host:
        return from_address("127.0.0.1", to);
      case ClientClass::sasl_user:
        if (!server_.parameters().sasl_enabled) return std::nullopt;
        return with_login("user", to);
      default:
        if (listed_print_.empty()) return std::nullopt;
        return with_certificate(listed_print_, false, to);
    }
  }

  void matrix() {
    const auto to = destinations();
    for (std::size_t c = 0; c < client_class_count; ++c)
      for (std::size_t d = 0; d < destination_class_count; ++d) {
        const auto client_class = static_cast<ClientClass>(c);
        const auto request = to[d].empty() ? std::nullopt : client(client_class, to[d]);
        if (!request) continue;
        MatrixCell cell;
        cell.client = client_class;
        cell.destination = static_cast<DestinationClass>(d);
        cell.request = *request;
        const bool stranger_to_foreign =
            client_class == ClientClass::stranger && cell.destination == DestinationClass::foreign;
        if (stranger_to_foreign && result_.verdict == RelayVerdict::open &&
            !result_.witnesses.empty()) {
          cell.request = result_.witnesses.front().request;
          cell.verdict = Verdict::accept;
          cell.reply = result_.witnesses.front().reply;
        } else {
          const Trace trace = evaluate(server_, *request, FactsWorld(server_, *request, facts_),
                                       matrix_combinations);
          cell.verdict = trace.verdict;
          cell.reply = trace.reply;
          cell.assumes = trace.assumes;
          // It is proved that no answer of what is unknown lets him in.
          if (stranger_to_foreign && result_.verdict == RelayVerdict::closed &&
              trace.verdict == Verdict::depends)
            cell.verdict = Verdict::reject;
          if (stranger_to_foreign && result_.verdict == RelayVerdict::depends) {
            cell.verdict = Verdict::depends;
            cell.reply.clear();
            cell.assumes = result_.assumes;
          }
        }
        result_.matrix.push_back(std::move(cell));
      }
  }

  const Server& server_;
  const Space& space_;
  RelayAnalysis& result_;
  Sources sources_;
  std::string stranger_;
  std::string foreign_;
  Facts facts_;
  std::string first_network_;
  std::string listed_print_;
  std::size_t asked_ = 0;
  std::vector<std::string> last_assumes_;
  Decision decided_;
  std::set<std::string> seen_;
};

}  // namespace

Request ordinary_request(const Server& server, const Space& space, const std::string& to) {
  Request request;
  request.service = server.name();
  request.client = space.addresses.empty() ? "198.51.100.23" : space.addresses.front();
  request.client_name = {PeerName::Status::known, "mail." + space.owned.front()};
  request.reverse_name = request.client_name;
  request.helo = request.client_name.name;
  request.from = "someone@" + space.owned.front();
  request.to = {to};
  const Parameters& p = server.parameters();
  if (p.tls_enforce || p.tls_wrapper) request.tls.emplace();
  return request;
}

std::string ordinary_destination(const Space& space) {
  return space.recipients.empty() ? "victim@elsewhere.example" : space.recipients.front().to;
}

void add_parties(const Server& server, const Facts& facts, const Space& space,
                 RelayAnalysis& result) {
  Parties(server, facts, space, result).run();
}

}  // namespace postlint::smtpd
