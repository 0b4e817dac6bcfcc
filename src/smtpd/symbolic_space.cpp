#include "src/smtpd/symbolic_space.hpp"

#include <algorithm>
#include <unordered_map>

#include "grammar/restriction_list.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/regexp_cells.hpp"
#include "src/smtpd/regexp_sample.hpp"
#include "src/smtpd/registrable_domain.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// So many rules of one table get samples, and so many samples one rule.
constexpr std::size_t sampled_rules = 400;
constexpr std::size_t samples_per_rule = 4;

/// Names that anybody can register: the mark is in the part that one owns.
constexpr std::string_view owned_form =
    "^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9]*qz[a-z0-9]*\\.(com|net|org|info|example|test|[a-"
    "z]"
    "[a-z])$";
constexpr std::string_view address_form =
    "^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?"
    "[0-9])$";
constexpr std::string_view helo_form = "^[][a-z0-9._:-]+$";
constexpr std::string_view mail_form =
    "^[a-z0-9_+=-]+(\\.[a-z0-9_+=-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]*[a-z0-"
    "9]"
    ")?$";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

void add_once(std::vector<const Maps*>& list, const Maps* maps) {
  if (maps != nullptr && std::find(list.begin(), list.end(), maps) == list.end())
    list.push_back(maps);
}

/// Finds which words look at what, in the lists, the classes, and the lists that stand in tables.
class SourceScan {
 public:
  explicit SourceScan(const Server& server) : server_(server) {}

  Sources run() {
    const std::array<std::pair<ListName, Keyword>, 7> lists{
        {{ListName::client, Keyword::check_client_access},
         {ListName::helo, Keyword::check_helo_access},
         {ListName::sender, Keyword::check_sender_access},
         {ListName::relay, Keyword::check_recipient_access},
         {ListName::recipient, Keyword::check_recipient_access},
         {ListName::data, Keyword::other},
         {ListName::end_of_data, Keyword::other}}};
    for (const auto& [name, standard] : lists) scan(server_.list(name).words, standard);
    const std::string_view classes = server_.config().text("smtpd_restriction_classes");
    for (const text::Range range : grammar::parse_plain_list(classes)) {
      const RestrictionList* list =
          server_.restriction_class(classes.substr(range.lo, range.size()));
      if (list == nullptr) continue;
      for (const Keyword standard : {Keyword::check_client_access, Keyword::check_helo_access,
                                     Keyword::check_sender_access, Keyword::check_recipient_access})
        scan(list->words, standard);
    }
    if (!server_.list(ListName::helo).words.empty() || server_.parameters().helo_required)
      sources_.helo = true;
    const Parameters& p = server_.parameters();
    if (p.reject_unlisted_sender || !server_.list(ListName::sender).words.empty())
      sources_.sender = true;
    for (const Word& zone : split_restrictions(p.maps_rbl_domains))
      sources_.zones.push_back(zone.text);
    return std::move(sources_);
  }

 private:
  void scan(const std::vector<Word>& words, Keyword standard) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      Keyword keyword = words[i].keyword;
      const bool bare = words[i].text.find(':') != npos;
      if (bare) keyword = standard;
      note(keyword);
      if (bare) {
        take_table(keyword, words[i].text);
        continue;
      }
      if (follows(keyword) == Follows::nothing || i + 1 == words.size()) continue;
      ++i;
      if (follows(keyword) == Follows::table) take_table(keyword, words[i].text);
      if (follows(keyword) == Follows::domain)
        sources_.zones.push_back(words[i].text.substr(0, words[i].text.find('=')));
    }
  }

  void note(Keyword k) {
    if (k >= Keyword::check_helo_access && k <= Keyword::reject_rhsbl_helo) sources_.helo = true;
    if (k >= Keyword::check_sender_access && k <= Keyword::reject_unlisted_sender)
      sources_.sender = true;
    switch (k) {
      case Keyword::permit_tls_clientcerts:
      case Keyword::permit_tls_all_clientcerts:
      case Keyword::check_ccert_access:
      case Keyword::reject_plaintext_session:
        sources_.tls = true;
        break;
      case Keyword::permit_mx_backup:
        sources_.backup = true;
        break;
      case Keyword::reject_multi_recipient_bounce:
      case Keyword::reject_unlisted_recipient:
      case Keyword::reject_unverified_recipient:
        sources_.sender = true;
        break;
      case Keyword::reject_unknown_reverse_client_hostname:
      case Keyword::reject_rhsbl_reverse_client:
      case Keyword::check_reverse_client_hostname_access:
      case Keyword::check_reverse_client_hostname_ns_access:
      case Keyword::check_reverse_client_hostname_mx_access:
      case Keyword::check_reverse_client_hostname_a_access:
        sources_.reverse = true;
        break;
      default:
        break;
    }
  }

  void take_table(Keyword keyword, const std::string& word) {
    const TableArgument* argument = server_.table_argument(word);
    const Maps* maps = argument != nullptr ? server_.access_table(argument->type_name) : nullptr;
    if (maps == nullptr) return;
    if (keyword == Keyword::check_client_access) add_once(sources_.clients, maps);
    if (keyword == Keyword::check_reverse_client_hostname_access) add_once(sources_.reverses, maps);
    if (keyword == Keyword::check_helo_access) add_once(sources_.helos, maps);
    if (keyword == Keyword::check_sender_access) add_once(sources_.senders, maps);
    if (keyword == Keyword::check_recipient_access) add_once(sources_.recipients, maps);
    if (keyword_name(keyword).ends_with("_mx_access") ||
        keyword_name(keyword).ends_with("_ns_access") ||
        keyword_name(keyword).ends_with("_a_access"))
      add_once(sources_.exchangers, maps);
    scan_values(*maps);
  }

  /// Table results may be lists of keywords.
  void scan_values(const Maps& maps) {
    for (const Table* table : maps.tables()) {
      table->each_pattern([&](const TableEntry& entry) {
        if (entry.value.empty() || !values_.emplace(entry.value).second) return;
        const std::vector<Word> words = split_restrictions(entry.value);
        if (words.empty() || words.front().keyword == Keyword::other) return;
        if (words.size() < 50) scan(words, Keyword::other);
      });
    }
  }

  const Server& server_;
  Sources sources_;
  std::unordered_set<std::string> values_;
};

/// The keys of tables and the words of lists, as far as they can be domains.
class NamedDomains {
 public:
  void add(std::string_view key) {
    const std::size_t at = key.rfind('@');
    if (at != npos) key.remove_prefix(at + 1);
    if (key.starts_with('.')) key.remove_prefix(1);
    if (!key.empty()) names_.emplace(casefold(key, false));
  }
  [[nodiscard]] bool names(std::string_view domain) const {
    while (!domain.empty()) {
      if (names_.contains(std::string(domain))) return true;
      const std::size_t dot = domain.find('.');
      if (dot == npos) break;
      domain.remove_prefix(dot + 1);
    }
    return false;
  }
  [[nodiscard]] bool exactly(std::string_view domain) const {
    return names_.contains(std::string(domain));
  }
  [[nodiscard]] std::vector<std::string> suffixes() const {
    std::vector<std::string> found;
    for (const std::string& name : names_)
      if (is_public_suffix(name)) found.push_back(name);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::unordered_set<std::string> names_;
};

class SpaceBuilder {
 public:
  SpaceBuilder(const Server& server, const RelayOptions& options)
      : server_(server), options_(options), sources_(find_sources(server)) {
    lists_.push_back(&server.resolver().mydestination());
    for (const MatchList* list :
         {server.resolver().virtual_alias_domains(), server.resolver().virtual_mailbox_domains(),
          server.resolver().relay_domains()})
      if (list != nullptr) lists_.push_back(list);
  }

  Space build() {
    collect_names();
    choose_domains();
    chosen_records();
    addresses();
    client_names();
    helos();
    senders();
    recipients();
    tls();
    space_.zones = sources_.zones;
    for (std::string& zone : space_.zones) zone = casefold(zone, false);
    return std::move(space_);
  }

 private:
  using Forms = std::vector<std::string>;

  static void each_pattern(const std::vector<const Maps*>& sources,
                           const std::function<void(const Table&, const TableEntry&)>& visit) {
    for (const Maps* maps : sources)
      for (const Table* table : maps->tables())
        table->each_pattern([&](const TableEntry& entry) { visit(*table, entry); });
  }

  void collect_names() {
    const auto take = [&](const Table&, const TableEntry& entry) {
      if (entry.kind == TableEntry::Kind::exact) named_.add(entry.pattern);
    };
    for (const auto* maps : {&sources_.clients, &sources_.reverses, &sources_.helos,
                             &sources_.senders, &sources_.recipients})
      each_pattern(*maps, take);
    std::vector<const MatchList*> lists = lists_;
    lists.push_back(&server_.tables().mynetworks);
    for (const MatchList* list : lists)
      for (const MatchList::Pattern& pattern : list->patterns()) {
        if (pattern.table == nullptr)
          named_.add(pattern.text);
        else
          pattern.table->each_pattern(
              [&](const TableEntry& entry) { take(*pattern.table, entry); });
      }
  }

  /// The first that the configuration does not name.
  [[nodiscard]] std::string free_name(std::string_view label) const {
    for (const std::string_view top : {"example", "test", "net", "org", "com", "info"})
      for (const std::string_view variant : {"", "-1", "-2"}) {
        std::string name = std::string(label) + std::string(variant) + '.' + std::string(top);
        if (!named_.names(name)) return name;
      }
    return std::string(label) + "-unlisted.example";
  }

  /// label.TOP under each top-level domain that may make a difference.
  [[nodiscard]] Forms under_suffixes(const std::string& label) const {
    Forms names;
    std::vector<std::string> tops = named_.suffixes();
    if (tops.size() > 50) tops.resize(50);
    for (const std::string_view top : {"com", "net", "org", "test"}) tops.emplace_back(top);
    for (const std::string& top : tops) {
      std::string name = label + '.' + top;
      if (!named_.exactly(name) && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
    }
    return names;
  }

  void choose_domains() {
    stranger_ = free_name("stranger");
    elsewhere_ = free_name("elsewhere");
    space_.owned.push_back(stranger_);
    for (std::string& name : under_suffixes("stranger")) space_.owned.push_back(std::move(name));
  }

  /// Domains whose servers are what the tables of check_..._{mx,ns,a}_access name. Their permits
  /// are forbidden; other results may still end a list (DISCARD).
  void chosen_records() {
    constexpr std::size_t most = 20;
    const auto add = [&](std::string host) {
      if (host.starts_with('.')) host.insert(0, "mail");
      const bool address = valid_host_address(host);
      if (space_.records.size() >= most || (!address && !valid_hostname(host))) return;
      const std::string domain = "r" + std::to_string(space_.records.size()) + '.' + stranger_;
      auto& types = space_.records[domain];
      const std::string server = address ? domain : host;
      types["MX"] = "10 " + server;
      types["NS"] = server;
      if (address && host.find(':') == npos) types["A"] = host;
      if (address && host.find(':') != npos) types["AAAA"] = host;
      if (address) literals_.push_back(host.find(':') == npos ? host : "IPv6:" + host);
    };
    each_pattern(sources_.exchangers, [&](const Table&, const TableEntry& entry) {
      const std::string_view word = entry.value.substr(0, entry.value.find(' '));
      if (never_permits(entry.value) || same_word(word, "OK") || same_word(word, "RELAY")) return;
      if (entry.kind == TableEntry::Kind::regexp)
        for (const std::string& sample : sample_matches(entry.pattern, 2)) add(sample);
      const auto network = entry.kind == TableEntry::Kind::exact
                               ? network_of_key(entry.pattern)
                               : grammar::parse_network(entry.pattern).network;
      if (entry.kind == TableEntry::Kind::any)
        add("mail." + elsewhere_);
      else if (network && entry.kind != TableEntry::Kind::regexp)
        add(grammar::to_text(network->address));
      else
        add(std::string(entry.pattern));
    });
  }

  // ------------------------------------------------------------ addresses

  static bool narrow(const grammar::Network& network) {
    return network.prefix >= (network.address.family == grammar::Family::ipv4 ? 16 : 32);
  }

  void addresses() {
    AddressCuts cuts;
    std::vector<grammar::Network> trusted;
    const auto take = [&](const grammar::Network& network, bool trusts) {
      cuts.add(network);
      if (trusts && narrow(network)) trusted.push_back(network);
    };
    const auto take_entry = [&](const TableEntry& entry, bool trusts) {
      const auto network = entry.kind == TableEntry::Kind::network
                               ? grammar::parse_network(entry.pattern).network
                           : entry.kind == TableEntry::Kind::exact ? network_of_key(entry.pattern)
                                                                   : std::nullopt;
      if (network) take(*network, trusts && !entry.negated);
    };
    for (const MatchList::Pattern& pattern : server_.tables().mynetworks.patterns()) {
      if (pattern.table != nullptr) {
        pattern.table->each_pattern(
            [&](const TableEntry& entry) { take_entry(entry, !pattern.negated); });
      } else if (const auto address = grammar::parse_address(bare(pattern.text))) {
        const auto bits = static_cast<std::uint8_t>(grammar::bit_count(address->family));
        take({*address, bits}, !pattern.negated);
      } else if (grammar::is_network_pattern(pattern.text)) {
        const auto network = grammar::parse_network(pattern.text).network;
        if (network) take(*network, !pattern.negated);
      }
    }
    for (const auto* maps : {&sources_.clients, &sources_.reverses})
      each_pattern(*maps, [&](const Table&, const TableEntry& entry) {
        take_entry(entry, !never_permits(entry.value));
      });
    for (const auto* networks : {&options_.strangers, &options_.trusted})
      for (const grammar::Network& network : *networks) cuts.add(network);
    const Parameters& p = server_.parameters();
    sort_networks(trusted);
    for (const AddressBlock& block : cuts.blocks(p.ipv4, p.ipv6, !options_.strangers.empty()))
      if (is_stranger(block.representative, trusted))
        add_address(block.representative, true, block.few);
    sampled_addresses(trusted);
  }

  static std::string bare(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
      text = text.substr(1, text.size() - 2);
    return std::string(text);
  }

  void add_address(std::string address, bool general, std::vector<std::string> others = {}) {
    if (std::find(space_.addresses.end() - static_cast<std::ptrdiff_t>(
                                               std::min<std::size_t>(space_.addresses.size(), 50)),
                  space_.addresses.end(), address) != space_.addresses.end())
      return;
    space_.addresses.push_back(std::move(address));
    space_.neighbours.push_back(std::move(others));
    space_.general[0].push_back(general);
  }

  static std::string network_key(const grammar::Network& network) {
    std::string key(reinterpret_cast<const char*>(network.address.bytes.data()), 16);
    key += static_cast<char>(network.prefix);
    key += network.address.family == grammar::Family::ipv4 ? '4' : '6';
    return key;
  }

  void sort_networks(const std::vector<grammar::Network>& networks) {
    for (const grammar::Network& network : networks) trusted_.insert(network_key(network));
  }

  /// A stranger by definition.
  [[nodiscard]] bool is_stranger(const std::string& text,
                                 const std::vector<grammar::Network>& trusted) const {
    const auto address = grammar::parse_address(text);
    if (!address) return false;
    const auto holds = [&](const grammar::Network& n) { return grammar::contains(n, *address); };
    if (std::any_of(options_.trusted.begin(), options_.trusted.end(), holds)) return false;
    if (!options_.strangers.empty())
      return std::any_of(options_.strangers.begin(), options_.strangers.end(), holds);
    if (!globally_routable(*address)) return false;
    if (trusted.size() < 64) return std::none_of(trusted.begin(), trusted.end(), holds);
    const unsigned bits = grammar::bit_count(address->family);
    for (unsigned prefix = bits == 32 ? 16 : 32; prefix <= bits; ++prefix) {
      const grammar::Network network{grammar::masked(*address, prefix),
                                     static_cast<std::uint8_t>(prefix)};
      if (trusted_.contains(network_key(network))) return false;
    }
    return true;
  }

  /// Addresses for regular expressions, which see them as text.
  void sampled_addresses(const std::vector<grammar::Network>& trusted) {
    if (space_.addresses.empty()) return;
    const std::string usual = space_.addresses.front();
    std::vector<const Maps*> sources = sources_.clients;
    each_sample(sources, [&](const Table&, const TableEntry&, const std::string& sample) {
      if (sample.empty() || sample.find_first_not_of("0123456789.:abcdef") != npos) return Forms{};
      Forms forms;
      const auto octets = [](std::string text) {
        while (text.ends_with('.')) text.pop_back();
        while (text.starts_with('.')) text.erase(0, 1);
        for (auto dots = std::count(text.begin(), text.end(), '.'); dots < 3; ++dots) text += ".7";
        return text;
      };
      forms.push_back(octets(sample));
      for (std::size_t kept = 1; kept < 4; ++kept) {
        std::string start = usual;
        std::size_t end = 0;
        for (std::size_t i = 0; i < kept && end != npos; ++i) end = start.find('.', end + 1);
        if (end == npos) break;
        forms.push_back(start.substr(0, end) + (sample.starts_with('.') ? "" : ".") + sample);
        forms.back() = octets(forms.back());
      }
      for (const std::string& form : forms)
        if (is_stranger(form, trusted)) add_address(form, false);
      return Forms{};
    });
  }

  // ------------------------------------------------------------ regular expressions

  /// Calls make(table, entry, sample) for samples of all patterns; what it returns is thrown away.
  void each_sample(
      const std::vector<const Maps*>& sources,
      const std::function<Forms(const Table&, const TableEntry&, const std::string&)>& make) const {
    std::vector<const Table*> tables;
    for (const Maps* maps : sources)
      tables.insert(tables.end(), maps->tables().begin(), maps->tables().end());
    sample_tables(tables, make);
  }

  /// The more patterns there are, the fewer are sampled: each sample is looked up in all tables,
  /// pattern by pattern.
  static void sample_tables(
      const std::vector<const Table*>& tables,
      const std::function<Forms(const Table&, const TableEntry&, const std::string&)>& make) {
    constexpr std::size_t most_work = 400000;
    std::size_t count = 1;
    for (const Table* table : tables)
      table->each_pattern([&](const TableEntry& entry) {
        if (entry.kind == TableEntry::Kind::regexp) ++count;
      });
    const std::size_t most = std::clamp<std::size_t>(most_work / count, 3, sampled_rules);
    for (const Table* table : tables) sample_table(*table, most, make);
  }

  static void sample_table(
      const Table& table, std::size_t most,
      const std::function<Forms(const Table&, const TableEntry&, const std::string&)>& make) {
    std::size_t rules = 0;
    std::vector<std::string> conditions;
    table.each_pattern([&](const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::regexp || ++rules > most) return;
      std::vector<std::string> samples = sample_matches(entry.pattern, samples_per_rule);
      // What matches a condition around the pattern, or a negated rule before it, as well.
      const std::vector<std::string> own = samples;
      std::string all;
      for (const std::string& condition : conditions) all += condition;
      for (const std::string& sample : own) {
        if (conditions.empty() || samples.size() > 40) break;
        samples.push_back(all + sample);
        samples.push_back(sample + all);
        for (const std::string& condition : conditions) {
          samples.push_back(condition + sample);
          samples.push_back(sample + condition);
        }
      }
      if ((entry.conditional || entry.negated) && conditions.size() < 6)
        conditions.push_back(own.empty() ? std::string() : own.front());
      for (const std::string& sample : samples) make(table, entry, sample);
    });
  }

  /// Keeps the forms that the table can tell from the ordinary value: two for each rule.
  class FormFilter {
   public:
    explicit FormFilter(std::string ordinary) : ordinary_(std::move(ordinary)) {}
    bool keep(const Table& table, const std::string& key) {
      if (table_ != &table) {
        table_ = &table;
        counts_.clear();
        const LookupResult result = table.lookup(ordinary_);
        usual_ = signature(result);
      }
      const std::string found = signature(table.lookup(key));
      return ++counts_[found] <= (found == usual_ ? 1U : 3U);
    }

   private:
    static std::string signature(const LookupResult& result) {
      return std::to_string(static_cast<int>(result.kind)) + ' ' + std::to_string(result.span.lo) +
             ' ' + result.value;
    }
    std::string ordinary_;
    const Table* table_ = nullptr;
    std::string usual_;
    std::map<std::string, unsigned> counts_;
  };

  /// The patterns of a table; nothing where one of them has unusual flags, or there are none.
  static std::vector<CellPattern> patterns_of(const Table& table) {
    std::vector<CellPattern> patterns;
    bool usual = true;
    table.each_pattern([&](const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::regexp) return;
      patterns.push_back({std::string(entry.pattern), entry.ignore_case});
      usual = usual && entry.usual_flags;
    });
    if (!usual) patterns.clear();
    return patterns;
  }

  /// Strings of a form for all combinations of the patterns of all tables, where these are few.
  static Forms joint_cells(const std::vector<const Maps*>& sources, std::string_view form) {
    constexpr std::size_t most_patterns = 6;
    constexpr std::size_t most_nodes = 1500;
    std::vector<CellPattern> all;
    for (const Maps* maps : sources)
      for (const Table* table : maps->tables())
        for (CellPattern& pattern : patterns_of(*table)) all.push_back(std::move(pattern));
    if (all.empty() || all.size() > most_patterns) return {};
    return explore_cells(all, form, most_nodes).samples;
  }

  /// Permissive rules of pattern tables that no value reaches. Where the samples do not tell, all
  /// combinations of the table's patterns are looked for among strings of these forms; `add` takes
  /// those that reach another rule.
  template <class Add>
  static void find_unsampled(const std::vector<const Maps*>& sources, const Forms& keys,
                             const std::vector<std::string_view>& forms, const Add& add,
                             std::vector<UnsampledRule>& unsampled) {
    constexpr std::size_t most_nodes = 20000;
    // A step of the product costs as much as there are patterns.
    constexpr std::size_t most_work = 4000000;
    constexpr std::size_t worth_a_try = 500;
    std::size_t count = 1;
    for (const Maps* maps : sources)
      for (const Table* table : maps->tables()) count += patterns_of(*table).size();
    const std::size_t nodes = std::min(most_nodes, most_work / count);
    for (const Maps* maps : sources) {
      for (const Table* table : maps->tables()) {
        std::vector<CellPattern> patterns = patterns_of(*table);
        if (nodes < worth_a_try) patterns.clear();
        if (patterns.empty() && !has_patterns(*table)) continue;
        std::set<std::uint32_t> reached;
        for (const std::string& key : keys) {
          const LookupResult result = table->lookup(key);
          if (result.found()) reached.insert(result.span.lo);
        }
        std::vector<UnsampledRule> missing = not_reached(*table, maps->title(), reached);
        if (missing.empty()) continue;
        bool complete = !patterns.empty();
        for (const std::string_view form : forms) {
          if (patterns.empty()) break;
          const Cells cells = explore_cells(patterns, form, nodes);
          complete = complete && cells.complete;
          for (const std::string& sample : cells.samples) {
            const LookupResult result = table->lookup(sample);
            if (!result.found() || !reached.insert(result.span.lo).second) continue;
            add(sample);
          }
        }
        if (complete) continue;
        for (UnsampledRule& rule : not_reached(*table, maps->title(), reached))
          unsampled.push_back(std::move(rule));
      }
    }
  }

  static bool has_patterns(const Table& table) {
    bool found = false;
    table.each_pattern(
        [&](const TableEntry& entry) { found = found || entry.kind == TableEntry::Kind::regexp; });
    return found && !table.fatal();
  }

  static std::vector<UnsampledRule> not_reached(const Table& table, const std::string& title,
                                                const std::set<std::uint32_t>& reached) {
    std::vector<UnsampledRule> rules;
    bool decided = false;
    table.each_entry([&](const TableEntry& entry) {
      const bool any =
          entry.kind == TableEntry::Kind::any || (!entry.negated && !entry.conditional &&
                                                  (entry.pattern.empty() || entry.pattern == "." ||
                                                   entry.pattern == ".*" || entry.pattern == "^"));
      if (!decided && !never_permits(entry.value) && !reached.contains(entry.span.lo))
        rules.push_back({title, std::string(entry.value),
                         "/" + std::string(entry.pattern) + "/ of " + table.type_name()});
      decided = decided || any;
      return true;
    });
    return rules;
  }

  // ------------------------------------------------------------ names

  void add_name(ClientNames names, bool general) {
    space_.names.push_back(std::move(names));
    space_.general[1].push_back(general);
  }

  static ClientNames named(std::string name) {
    const PeerName peer{PeerName::Status::known, std::move(name)};
    return {peer, peer};
  }

  void client_names() {
    using Status = PeerName::Status;
    const PeerName none{Status::none, {}};
    add_name({none, none}, true);
    const std::string usual = "mail." + stranger_;
    add_name(named(usual), true);
    for (std::size_t i = 1; i < space_.owned.size(); ++i)
      add_name(named("mail." + space_.owned[i]), true);
    add_name({{Status::tempfail, {}}, {Status::tempfail, {}}}, true);
    for (const auto& [domain, types] : space_.records) add_name(named(domain), true);
    std::vector<const Maps*> sources = sources_.clients;
    std::vector<const Table*> tables;
    for (const Maps* maps : sources)
      for (const Table* table : maps->tables()) tables.push_back(table);
    for (const MatchList* list : {&server_.tables().mynetworks, server_.resolver().relay_domains()})
      if (list != nullptr)
        for (const MatchList::Pattern& pattern : list->patterns())
          if (pattern.table != nullptr) tables.push_back(pattern.table);
    FormFilter filter(usual);
    std::set<std::string> seen;
    sample_tables(tables, [&](const Table& t, const TableEntry&, const std::string& sample) {
      for (const std::string& form : name_forms(sample)) {
        if (!valid_hostname(form) || !seen.insert(form).second || !filter.keep(t, form)) continue;
        const std::string domain(registrable_domain(form));
        if (!below(form, space_.owned)) space_.owned.push_back(domain);
        add_name(named(form), false);
      }
      return Forms{};
    });
    for (const std::string& form : joint_cells(sources_.clients, owned_form)) add_owned(form);
    reverse_names(none);
    Forms keys{"unknown"};
    for (const ClientNames& names : space_.names)
      if (names.client.status == Status::known) keys.push_back(names.client.name);
    keys.insert(keys.end(), space_.addresses.begin(), space_.addresses.end());
    find_unsampled(
        sources_.clients, keys, {owned_form, address_form},
        [&](const std::string& form) { add_owned(form); }, space_.unsampled_names);
  }

  /// A name below a domain of which no pattern tells the owner.
  void add_owned(const std::string& name) {
    if (!valid_hostname(name) || valid_host_address(name)) return;
    const std::string domain(registrable_domain(name));
    if (named_.names(domain)) return;
    if (!below(name, space_.owned)) space_.owned.push_back(domain);
    add_name(named(name), false);
  }

  /// Names in domains that a stranger can own, and that hold the sample.
  [[nodiscard]] Forms name_forms(const std::string& text) const {
    const std::string sample = casefold(text, false);
    Forms forms;
    std::string inner = sample;
    while (inner.starts_with('.')) inner.erase(0, 1);
    while (inner.ends_with('.')) inner.pop_back();
    if (inner.empty()) return forms;
    forms.push_back(inner + '.' + stranger_);
    forms.push_back("mx." + inner + '.' + stranger_);
    if (sample.ends_with('.')) forms.push_back(sample + stranger_);
    if (sample.starts_with('.') && is_public_suffix(inner)) forms.push_back("stranger." + inner);
    if (!sample.starts_with('.')) {
      const std::string longer = "stranger" + sample;
      const bool other = registrable_domain(longer) != registrable_domain(sample);
      if (other && longer.find('.') != npos && !named_.names(registrable_domain(longer)))
        forms.push_back(longer);
      if (is_public_suffix(inner)) forms.push_back("stranger." + inner);
    }
    return forms;
  }

  void reverse_names(const PeerName& none) {
    if (!sources_.reverse) return;
    const auto add = [&](const std::string& name, bool general) {
      if (valid_hostname(name)) add_name({none, {PeerName::Status::known, name}}, general);
    };
    add("forged." + stranger_, true);
    each_pattern(sources_.reverses, [&](const Table&, const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::exact) return;
      std::string name(entry.pattern);
      if (name.starts_with('.')) name.insert(0, "mail");
      add(name, false);
    });
    FormFilter filter("forged." + stranger_);
    each_sample(sources_.reverses,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  Forms forms = name_forms(sample);
                  forms.push_back(sample);
                  for (const std::string& form : forms)
                    if (filter.keep(table, form)) add(form, false);
                  return Forms{};
                });
  }

  // ------------------------------------------------------------ HELO

  void add_helo(std::optional<std::string> helo, bool general) {
    if (helo && !general) {
      std::string all;
      for (const Maps* maps : sources_.helos) all += domain_answer(*maps, *helo) + '\n';
      if (++helo_groups_[all] > Crowd::few) return;
    }
    if (helo) {
      if (!is_ascii(*helo) || helo->find_first_of(" <>()\\\";@") != npos || helo->empty()) return;
      if (!seen_helos_.insert(casefold(*helo, false)).second) return;
    }
    space_.helos.push_back(std::move(helo));
    space_.general[2].push_back(general);
  }

  [[nodiscard]] std::string domain_answer(const Maps& maps, std::string_view name) const {
    for (bool partial = false; !name.empty(); partial = true) {
      const LookupResult hit = maps.find(name, partial);
      if (!hit.absent()) return hit.value;
      const std::size_t dot = name.find('.', 1);
      if (dot == npos || valid_host_address(name)) break;
      name.remove_prefix(server_.parameters().parent_style ? dot + 1 : dot);
    }
    return {};
  }

  void helos() {
    const std::string usual = "mail." + stranger_;
    add_helo(usual, true);
    if (!sources_.helo) return;
    add_helo(std::nullopt, true);
    add_helo("x", true);
    add_helo("[198.51.100.23]", true);
    add_helo("198.51.100.23", true);
    add_helo("bad_-name-", true);
    add_helo("[198.51.100.999]", true);
    add_helo("no..name", true);
    for (const auto& [domain, types] : space_.records) add_helo(domain, true);
    for (const std::string& literal : literals_) add_helo('[' + literal + ']', true);
    for (std::size_t i = 1; i < space_.owned.size(); ++i) add_helo("mail." + space_.owned[i], true);
    each_pattern(sources_.helos, [&](const Table&, const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::exact) return;
      std::string key(entry.pattern);
      if (!key.starts_with('.')) add_helo(key, false);
      add_helo("mail" + std::string(key.starts_with('.') ? "" : ".") + key, false);
    });
    FormFilter filter(usual);
    each_sample(sources_.helos,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  for (const std::string& form :
                       {sample, "x" + sample, sample + '.' + stranger_, sample + stranger_,
                        "x" + sample + '.' + stranger_, sample + "x"})
                    if (!form.empty() && filter.keep(table, form)) add_helo(form, false);
                  return Forms{};
                });
    Forms keys;
    for (const auto& helo : space_.helos)
      if (helo) keys.push_back(*helo);
    for (const std::string& form : joint_cells(sources_.helos, helo_form)) add_helo(form, false);
    find_unsampled(
        sources_.helos, keys, {helo_form}, [&](const std::string& form) { add_helo(form, false); },
        space_.unsampled_helos);
  }

  // ------------------------------------------------------------ addresses of mail

  struct MailKeys {
    Forms full, domains, locals;
  };

  static MailKeys mail_keys(const std::vector<const Maps*>& sources) {
    MailKeys keys;
    std::unordered_set<std::string> seen;
    each_pattern(sources, [&](const Table&, const TableEntry& entry) {
      if (entry.kind != TableEntry::Kind::exact || !is_ascii(entry.pattern)) return;
      std::string key(entry.pattern);
      if (!seen.insert(key).second) return;
      const std::size_t at = key.rfind('@');
      if (at == npos)
        keys.domains.push_back(std::move(key));
      else if (at + 1 == key.size())
        keys.locals.push_back(key.substr(0, at));
      else if (at > 0)
        keys.full.push_back(std::move(key));
    });
    return keys;
  }

  /// The domains that a key stands for.
  static Forms domains_of(const std::string& key) {
    if (key.starts_with('.')) return {"mail" + key};
    return {key, "mail." + key};
  }

  /// Forms of a sample that are mail addresses.
  static Forms address_forms(const std::string& sample, const std::string& domain) {
    Forms forms;
    if (sample.empty()) return forms;
    const std::size_t at = sample.rfind('@');
    if (at == npos) {
      forms.push_back(sample + '@' + domain);
      forms.push_back("someone@" + sample);
      forms.push_back("someone@x" + sample);
      forms.push_back("x" + sample + "x@" + domain);
      forms.push_back("someone@" + sample + '.' + domain);
      forms.push_back("someone@mail" + sample);
    } else if (at + 1 == sample.size()) {
      forms.push_back((at == 0 ? "someone" : "") + sample + domain);
      forms.push_back("x" + sample + domain);
    } else {
      forms.push_back((at == 0 ? "someone" : "") + sample);
      forms.push_back("x" + sample);
      forms.push_back((at == 0 ? "someone" : "") + sample + '.' + domain);
      forms.push_back((at == 0 ? "someone" : "") + sample + domain);
    }
    return forms;
  }

  /// Thousands of keys of which all tables and domain lists say the same are played by the first
  /// few of them. Nothing: this is one of those; else the number of the first.
  class Crowd {
   public:
    static constexpr std::size_t few = 12;

    Crowd(const Server& server, const std::vector<const MatchList*>& lists)
        : server_(server), lists_(lists) {}

    std::optional<std::size_t> stands_behind(const std::vector<const Maps*>& sources,
                                             const std::string& address, std::size_t number) {
      AddressStrategy strategy;
      strategy.local_part_if_local = strategy.at_domain = false;
      strategy.domain = strategy.local_part_at = true;
      strategy.parent_domains = server_.parameters().parent_style;
      strategy.dot_parent_domains = !strategy.parent_domains;
      std::string answers;
      const std::vector<bool> silent = silent_tables(sources, address, strategy);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        LookupResult hit;
        if (!silent[i])
          hit = find_address(*sources[i], address, server_.local_domains(), server_.config(),
                             strategy);
        answers += static_cast<char>('0' + static_cast<int>(hit.kind));
        answers += hit.value + '\n';
      }
      const std::string domain = address.substr(address.rfind('@') + 1);
      for (const MatchList* list : lists_)
        answers += static_cast<char>('0' + static_cast<int>(list->match(domain).kind));
      auto& [first, count] = groups_.emplace(answers, std::pair{number, 0U}).first->second;
      return ++count > few ? std::optional(first) : std::nullopt;
    }

   private:
    /// Which of the tables have none of the keys by which they are asked for the address.
    std::vector<bool> silent_tables(const std::vector<const Maps*>& sources,
                                    const std::string& address, AddressStrategy strategy) {
      if (listed_.size() != sources.size()) list_keys(sources);
      std::vector<bool> silent = listed_;
      std::vector<std::string> tried;
      find_address(nothing_, address, server_.local_domains(), server_.config(), strategy, &tried);
      for (const std::string& key : tried) {
        const auto found = holders_.find(casefold(key, false));
        if (found == holders_.end()) continue;
        for (const std::uint32_t holder : found->second) silent[holder] = false;
      }
      return silent;
    }

    void list_keys(const std::vector<const Maps*>& sources) {
      listed_.assign(sources.size(), false);
      for (std::uint32_t i = 0; i < sources.size(); ++i) {
        bool exact = true;
        for (const Table* table : sources[i]->tables())
          exact = table->each_entry([&](const TableEntry& entry) {
            if (entry.kind != TableEntry::Kind::exact) return exact = false;
            auto& holders = holders_[casefold(entry.pattern, false)];
            if (holders.empty() || holders.back() != i) holders.push_back(i);
            return true;
          }) && exact;
        listed_[i] = exact;
      }
    }

    const Server& server_;
    const std::vector<const MatchList*>& lists_;
    std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> groups_;
    /// Key in lower case, and the numbers of the sources that have it.
    std::unordered_map<std::string, std::vector<std::uint32_t>> holders_;
    std::vector<bool> listed_;  // of which sources all keys are known
    Maps nothing_;
  };

  void add_sender(const std::string& sender, bool general) {
    if (!is_ascii(sender) || !seen_senders_.insert(sender).second) return;
    if (!general && sender_crowd_.stands_behind(sources_.senders, sender, space_.senders.size()))
      return;
    if (!sender.empty() && internal_form(server_, sender, true) != sender) return;
    space_.senders.push_back(sender);
    space_.general[3].push_back(general);
  }

  void senders() {
    const std::string usual = "someone@" + stranger_;
    add_sender(usual, true);
    if (!sources_.sender && sources_.senders.empty()) return;
    seen_senders_.insert("");
    space_.senders.emplace_back();
    space_.general[3].push_back(true);
    for (std::size_t i = 1; i < space_.owned.size(); ++i)
      add_sender("someone@" + space_.owned[i], true);
    add_sender("someone@[198.51.100.23]", true);
    add_sender("someone@x", true);
    for (const auto& [domain, types] : space_.records) add_sender("someone@" + domain, true);
    for (const std::string& literal : literals_) add_sender("someone@[" + literal + ']', true);
    const MailKeys keys = mail_keys(sources_.senders);
    for (const std::string& key : keys.full) add_sender(key, false);
    Forms domains;
    for (const std::string& key : keys.domains)
      for (std::string& domain : domains_of(key)) domains.push_back(std::move(domain));
    for (const std::string& domain : domains) add_sender("someone@" + domain, false);
    for (const std::string& local : keys.locals) add_sender(local + '@' + stranger_, true);
    cross(keys.locals, domains, sources_.senders,
          [&](const std::string& address) { add_sender(address, false); });
    FormFilter filter(usual);
    each_sample(sources_.senders,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  for (const std::string& form : address_forms(sample, stranger_))
                    if (internal_form(server_, form, true) == form && filter.keep(table, form))
                      add_sender(form, false);
                  return Forms{};
                });
    Forms asked = space_.senders;
    asked.push_back(server_.parameters().null_access_key);
    for (const std::string& form : joint_cells(sources_.senders, mail_form))
      add_sender(form, false);
    find_unsampled(
        sources_.senders, asked, {mail_form},
        [&](const std::string& form) { add_sender(form, false); }, space_.unsampled_senders);
  }

  /// Which answer each table gives for a domain or for a local part, as one text.
  static std::string answers(const std::vector<const Maps*>& sources, const std::string& key,
                             bool domain) {
    std::string all;
    for (const Maps* maps : sources) {
      std::string_view name = key;
      LookupResult result;
      for (;;) {
        result = maps->find(domain ? std::string(name) : key + '@', true);
        const std::size_t dot = name.find('.', 1);
        if (!domain || !result.absent() || dot == npos) break;
        name.remove_prefix(name.starts_with('.') ? dot : dot + 1);
      }
      all += result.value;
      all += '\n';
    }
    return all;
  }

  /// Local parts of tables at domains of tables: one pair for each pair of answers.
  template <class Add>
  static void cross(const Forms& locals, const Forms& domains,
                    const std::vector<const Maps*>& sources, const Add& add) {
    if (locals.empty() || domains.empty()) return;
    const auto distinct = [&](const Forms& keys, bool domain) {
      std::map<std::string, unsigned> counts;
      Forms kept;
      for (const std::string& key : keys)
        if (++counts[answers(sources, key, domain)] <= 2) kept.push_back(key);
      if (kept.size() > 60) kept.resize(60);
      return kept;
    };
    const Forms some_domains = distinct(domains, true);
    for (const std::string& local : distinct(locals, false))
      for (const std::string& domain : some_domains) add(local + '@' + domain);
  }

  void add_recipient(const std::string& to, RecipientChoice::Kind kind, std::string destination,
                     bool general) {
    if (!is_ascii(to) || !seen_recipients_.insert(to).second) return;
    if (!general) {
      const auto first =
          recipient_crowd_.stands_behind(sources_.recipients, to, space_.recipients.size());
      if (first) {
        if (*first < space_.recipients.size())
          space_.recipients[*first].others.emplace_back(std::move(destination), to);
        return;
      }
    }
    const auto internal = internal_form(server_, to, false);
    if (!internal) return;
    if (kind != RecipientChoice::Kind::foreign && !is_foreign(*internal)) return;
    space_.recipients.push_back({to, kind, std::move(destination), *internal});
    space_.general[4].push_back(general);
  }

  /// In no class of the configuration, or to be routed on.
  [[nodiscard]] bool is_foreign(const std::string& internal) const {
    const ResolvedAddress resolved =
        server_.resolver().resolve_in_class({}, internal, AddressClass::default_);
    return resolved.status == ResolvedAddress::Status::ok &&
           (resolved.address_class == AddressClass::default_ || resolved.routed);
  }

  void recipients() {
    using Kind = RecipientChoice::Kind;
    const std::string usual = "victim@" + elsewhere_;
    add_recipient(usual, Kind::foreign, elsewhere_, true);
    for (const std::string& domain : under_suffixes("elsewhere"))
      add_recipient("victim@" + domain, Kind::foreign, domain, true);
    add_recipient("victim@[198.51.100.99]", Kind::foreign, "[198.51.100.99]", true);
    for (const std::string& own : own_domains()) {
      add_recipient("victim%" + elsewhere_ + '@' + own, Kind::foreign, elsewhere_, true);
      add_recipient("victim@" + elsewhere_ + '@' + own, Kind::foreign, elsewhere_, true);
      add_recipient("\"victim@" + elsewhere_ + "\"@" + own, Kind::foreign, elsewhere_, true);
      add_recipient(elsewhere_ + "!victim@" + own, Kind::foreign, elsewhere_, true);
      add_recipient('@' + own + ":victim@" + elsewhere_, Kind::foreign, elsewhere_, true);
    }
    if (sources_.backup) backup_domain();
    named_recipients();
  }

  /// His own domain, whose MX records name this host.
  void backup_domain() {
    const std::string domain = "backup." + stranger_;
    for (const std::string& address : server_.local_domains().own_addresses())
      if (address.find(':') == npos &&
          (space_.own_address.empty() || space_.own_address.starts_with("127.")))
        space_.own_address = address;
    // Whoever owns a domain can point a name in it at any address.
    space_.own_exchanger = space_.own_address.empty()
                               ? casefold(server_.parameters().hostname, false)
                               : "self." + stranger_;
    for (const MatchList::Pattern& pattern : server_.tables().mx_backup_networks.patterns()) {
      const auto network = pattern.table == nullptr && !pattern.negated
                               ? grammar::parse_network(pattern.text).network
                               : std::nullopt;
      if (network && network->address.family == grammar::Family::ipv4 &&
          space_.backup_primary.empty())
        space_.backup_primary = grammar::to_text(network->address);
    }
    add_recipient("victim@" + domain, RecipientChoice::Kind::domain,
                  "any domain whose MX records name this host", true);
  }

  /// One domain of each class, and the literal of this host.
  [[nodiscard]] Forms own_domains() const {
    Forms own;
    for (const MatchList* list : lists_) {
      std::size_t taken = 0;
      for (const MatchList::Pattern& pattern : list->patterns()) {
        if (taken == 2) break;
        std::string domain = pattern.table == nullptr ? pattern.text : std::string();
        if (pattern.table != nullptr)
          pattern.table->each_pattern([&](const TableEntry& entry) {
            const bool exact = entry.kind == TableEntry::Kind::exact;
            if (domain.empty() && exact && entry.pattern.find('@') == npos) domain = entry.pattern;
          });
        if (domain.starts_with('.')) domain.insert(0, "mail");
        if (!valid_hostname(domain)) continue;
        ++taken;
        own.push_back(std::move(domain));
      }
    }
    return own;
  }

  void named_recipients() {
    using Kind = RecipientChoice::Kind;
    const MailKeys keys = mail_keys(sources_.recipients);
    for (const std::string& key : keys.full) add_recipient(key, Kind::domain, key, false);
    Forms domains;
    for (const std::string& key : keys.domains) {
      const bool suffix = is_public_suffix(key.starts_with('.') ? key.substr(1) : key);
      if (suffix) continue;  // "elsewhere.com" stands for it
      for (std::string& domain : domains_of(key)) {
        add_recipient("victim@" + domain, Kind::domain, key, false);
        domains.push_back(std::move(domain));
      }
    }
    for (const std::string& local : keys.locals)
      add_recipient(local + '@' + elsewhere_, Kind::local_part, local + '@', true);
    cross(keys.locals, domains, sources_.recipients, [&](const std::string& address) {
      add_recipient(address, Kind::domain, address, false);
    });
    FormFilter filter("victim@" + elsewhere_);
    each_sample(sources_.recipients, [&](const Table& table, const TableEntry& entry,
                                         const std::string& sample) {
      for (const std::string& form : address_forms(sample, elsewhere_))
        if (internal_form(server_, form, false) == form && filter.keep(table, form))
          add_recipient(form, Kind::domain, '/' + std::string(entry.pattern) + '/', false);
      return Forms{};
    });
    Forms tried;
    for (const RecipientChoice& choice : space_.recipients) tried.push_back(choice.internal);
    const auto add_form = [&](const std::string& form) {
      add_recipient(form, Kind::domain, form, false);
    };
    for (const std::string& form : joint_cells(sources_.recipients, mail_form)) add_form(form);
    find_unsampled(sources_.recipients, tried, {mail_form}, add_form, space_.unsampled_recipients);
  }

  // ------------------------------------------------------------ TLS

  void tls() {
    const Parameters& p = server_.parameters();
    const auto add = [&](std::optional<TlsSession> session) {
      space_.tls.push_back(std::move(session));
      space_.general[5].push_back(true);
    };
    if (!p.tls_enforce || p.tls_wrapper) add(std::nullopt);
    if (p.tls_enforce || sources_.tls || p.tls_wrapper) add(TlsSession{});
    if (sources_.tls || p.tls_wrapper) {
      TlsSession own;
      own.fingerprint = "5E:1F:51:61:ED:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01";
      own.public_key_fingerprint = "5E:1F:51:61:ED:00:00:00:00:00:00:00:00:00:00:00:00:00:00:02";
      own.common_name = "mail." + stranger_;
      add(std::move(own));
    }
  }

  const Server& server_;
  const RelayOptions& options_;
  Sources sources_;
  std::vector<const MatchList*> lists_;
  Crowd sender_crowd_{server_, lists_};
  Crowd recipient_crowd_{server_, lists_};
  NamedDomains named_;
  Space space_;
  Forms literals_;  // addresses that the tables of mail exchangers name
  std::string stranger_;
  std::string elsewhere_;
  std::unordered_map<std::string, std::size_t> helo_groups_;
  std::unordered_set<std::string> trusted_, seen_helos_, seen_senders_, seen_recipients_;
};

}  // namespace

std::size_t Space::size(Dimension d) const {
  switch (d) {
    case Dimension::address:
      return addresses.size();
    case Dimension::name:
      return names.size();
    case Dimension::helo:
      return helos.size();
    case Dimension::sender:
      return senders.size();
    case Dimension::recipient:
      return recipients.size();
    default:
      return tls.size();
  }
}

Sources find_sources(const Server& server) { return SourceScan(server).run(); }

Space stranger_space(const Server& server, const RelayOptions& options) {
  return SpaceBuilder(server, options).build();
}

bool never_permits(std::string_view value) {
  const std::string_view word = value.substr(0, value.find_first_of(" \t"));
  constexpr std::array<std::string_view, 13> harmless{
      "REJECT",   "DEFER", "HANGUP",  "DUNNO",           "WARN",           "INFO", "HOLD", "FILTER",
      "REDIRECT", "BCC",   "PREPEND", "DEFER_IF_PERMIT", "DEFER_IF_REJECT"};
  for (const std::string_view name : harmless)
    if (same_word(word, name)) return true;
  return word.size() == 3 && value.size() > 3 && (word[0] == '4' || word[0] == '5') &&
         all_digits(word);
}

bool below(std::string_view name, const std::vector<std::string>& domains) {
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& domain) {
    return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                              name[name.size() - domain.size() - 1] == '.');
  });
}

std::optional<std::string> internal_form(const Server& server, const std::string& argument,
                                         bool sender) {
  const std::string text =
      argument.find('<') != std::string::npos ? argument : '<' + argument + '>';
  const CommandArgument parts = split_command_argument(text);
  if (parts.missing || parts.error || !parts.rest.empty()) return std::nullopt;
  const ExtractedAddress address =
      extract_address(parts.address, sender, server.parameters().strict_envelopes);
  if (!address.valid) return std::nullopt;
  return address.internal;
}

}  // namespace postlint::smtpd
