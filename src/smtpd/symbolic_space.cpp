#include "src/smtpd/symbolic_space.hpp"

#include <algorithm>
#include <unordered_map>

#include "grammar/restriction_list.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/mail_keys.hpp"
#include "src/smtpd/named_domains.hpp"
#include "src/smtpd/regexp_sample.hpp"
#include "src/smtpd/registrable_domain.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;
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

/// A result that needs nothing but the entry.
bool plain_action(std::string_view value) {
  const std::string_view word = value.substr(0, value.find_first_of(" \t"));
  return never_permits(value) || all_digits(value) || same_word(word, "OK") ||
         same_word(word, "RELAY") || same_word(word, "DISCARD") || same_word(value, "permit") ||
         same_word(value, "reject");
}

class SpaceBuilder {
 public:
  SpaceBuilder(const Server& server, const RelayOptions& options, bool everyone, Sources sources)
      : server_(server), options_(options), everyone_(everyone), sources_(std::move(sources)) {
    lists_.push_back(&server.resolver().mydestination());
    for (const MatchList* list :
         {server.resolver().virtual_alias_domains(), server.resolver().virtual_mailbox_domains(),
          server.resolver().relay_domains()})
      if (list != nullptr) lists_.push_back(list);
    if (!everyone_) return;
    for (auto* maps : {&sources_.clients, &sources_.reverses, &sources_.helos, &sources_.senders,
                       &sources_.recipients, &sources_.exchangers})
      std::erase_if(*maps, [](const Maps* each) { return !is_divisible(*each); });
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
    logins();
    space_.everyone = everyone_;
    space_.zones = sources_.zones;
    for (std::string& zone : space_.zones) zone = casefold(zone, false);
    return std::move(space_);
  }

 private:
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
    const bool all = everyone_ || !options_.strangers.empty();
    sort_networks(trusted);
    for (const AddressBlock& block : cuts.blocks(p.ipv4, p.ipv6, all))
      if (is_stranger(block.representative, trusted))
        add_address(block.representative, true, block.few);
    if (!everyone_) sampled_addresses(trusted);
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
    if (everyone_) return true;
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
      if (sample.empty() || sample.find_first_not_of("0123456789.:abcdef") != npos) return;
      Forms forms;
      const auto octets = [](std::string text) {
        while (text.ends_with('.')) text.pop_back();
        while (text.starts_with('.')) text.erase(0, 1);
        for (auto dots = std::count(text.begin(), text.end(), '.'); dots < 3; ++dots) text += ".7";
        return text;
      };
      forms.push_back(octets(sample));
      for (std::size_t kept = 1; kept < 4; ++kept) {
        std::size_t end = 0;
        for (std::size_t i = 0; i < kept && end != npos; ++i) end = usual.find('.', end + 1);
        if (end == npos) break;
        forms.push_back(usual.substr(0, end) + (sample.starts_with('.') ? "" : ".") + sample);
        forms.back() = octets(forms.back());
      }
      for (const std::string& form : forms)
        if (is_stranger(form, trusted)) add_address(form, false);
    });
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
    const PeerName none{PeerName::Status::none, {}};
    add_name({none, none}, true);
    const std::string usual = "mail." + stranger_;
    add_name(named(usual), true);
    for (std::size_t i = 1; i < space_.owned.size(); ++i)
      add_name(named("mail." + space_.owned[i]), true);
    add_name({{PeerName::Status::tempfail, {}}, {PeerName::Status::tempfail, {}}}, true);
    for (const auto& [domain, types] : space_.records) add_name(named(domain), true);
    if (everyone_) listed_names();
    if (!everyone_) sampled_names(usual);
    reverse_names(none);
    if (!everyone_) explored_names();
  }

  /// Names that the configuration lists. A key stands for names below it, too.
  void listed_names() {
    const auto add = [&](std::string_view key) {
      const std::string name(key.starts_with('.') ? key.substr(1) : key);
      if (network_of_key(name)) return;
      for (const std::string& form : {name, "mail." + name})
        if (valid_hostname(form) && !valid_host_address(form)) add_name(named(form), false);
    };
    const auto add_entry = [&](const Table&, const TableEntry& entry) {
      if (entry.kind == TableEntry::Kind::exact) add(entry.pattern);
    };
    each_pattern(sources_.clients, add_entry);
    for (const MatchList::Pattern& pattern : server_.tables().mynetworks.patterns()) {
      if (pattern.table == nullptr) add(pattern.text);
      if (pattern.table != nullptr)
        pattern.table->each_pattern(
            [&](const TableEntry& entry) { add_entry(*pattern.table, entry); });
    }
  }

  void sampled_names(const std::string& usual) {
    std::vector<const Table*> tables;
    for (const Maps* maps : sources_.clients)
      for (const Table* table : maps->tables()) tables.push_back(table);
    for (const MatchList* list : {&server_.tables().mynetworks, server_.resolver().relay_domains()})
      if (list != nullptr)
        for (const MatchList::Pattern& pattern : list->patterns())
          if (pattern.table != nullptr) tables.push_back(pattern.table);
    FormFilter filter(usual);
    std::set<std::string> seen;
    each_sample(tables, [&](const Table& t, const TableEntry&, const std::string& sample) {
      for (const std::string& form : name_forms(sample)) {
        if (!valid_hostname(form) || !seen.insert(form).second || !filter.keep(t, form)) continue;
        const std::string domain(registrable_domain(form));
        if (!below(form, space_.owned)) space_.owned.push_back(domain);
        add_name(named(form), false);
      }
    });
    for (const std::string& form : joint_cells(sources_.clients, owned_form)) add_owned(form);
  }

  void explored_names() {
    Forms keys{"unknown"};
    for (const ClientNames& names : space_.names)
      if (names.client.status == PeerName::Status::known) keys.push_back(names.client.name);
    keys.insert(keys.end(), space_.addresses.begin(), space_.addresses.end());
    space_.unsampled_names = find_unsampled(sources_.clients, keys, {owned_form, address_form},
                                            [&](const std::string& form) { add_owned(form); });
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
    if (everyone_) return;
    FormFilter filter("forged." + stranger_);
    each_sample(sources_.reverses,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  Forms forms = name_forms(sample);
                  forms.push_back(sample);
                  for (const std::string& form : forms)
                    if (filter.keep(table, form)) add(form, false);
                });
  }

  // ------------------------------------------------------------ HELO

  void add_helo(std::optional<std::string> helo, bool general) {
    if (helo && !general) {
      std::string all;
      for (const Maps* maps : sources_.helos) all += domain_answer(*maps, *helo) + '\n';
      if (++helo_groups_[all] > MailCrowd::few) return;
    }
    if (helo) {
      if (!is_plain_ascii(*helo) || helo->find_first_of(" <>()\\\";@") != npos || helo->empty())
        return;
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
    if (!everyone_) sampled_helos(usual);
  }

  void sampled_helos(const std::string& usual) {
    FormFilter filter(usual);
    each_sample(sources_.helos,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  for (const std::string& form :
                       {sample, "x" + sample, sample + '.' + stranger_, sample + stranger_,
                        "x" + sample + '.' + stranger_, sample + "x"})
                    if (!form.empty() && filter.keep(table, form)) add_helo(form, false);
                });
    Forms keys;
    for (const auto& helo : space_.helos)
      if (helo) keys.push_back(*helo);
    for (const std::string& form : joint_cells(sources_.helos, helo_form)) add_helo(form, false);
    space_.unsampled_helos = find_unsampled(
        sources_.helos, keys, {helo_form}, [&](const std::string& form) { add_helo(form, false); });
  }

  // ------------------------------------------------------------ addresses of mail

  void add_sender(const std::string& sender, bool general) {
    if (!is_plain_ascii(sender) || !seen_senders_.insert(sender).second) return;
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
      for (std::string& domain : domains_of_key(key)) domains.push_back(std::move(domain));
    for (const std::string& domain : domains) add_sender("someone@" + domain, false);
    for (const std::string& local : keys.locals) add_sender(local + '@' + stranger_, true);
    cross(keys.locals, domains, sources_.senders,
          [&](const std::string& address) { add_sender(address, false); });
    if (!everyone_) sampled_senders(usual);
  }

  void sampled_senders(const std::string& usual) {
    FormFilter filter(usual);
    each_sample(sources_.senders,
                [&](const Table& table, const TableEntry&, const std::string& sample) {
                  for (const std::string& form : address_forms(sample, stranger_))
                    if (internal_form(server_, form, true) == form && filter.keep(table, form))
                      add_sender(form, false);
                });
    Forms asked = space_.senders;
    asked.push_back(server_.parameters().null_access_key);
    for (const std::string& form : joint_cells(sources_.senders, mail_form))
      add_sender(form, false);
    space_.unsampled_senders =
        find_unsampled(sources_.senders, asked, {mail_form},
                       [&](const std::string& form) { add_sender(form, false); });
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
    if (!is_plain_ascii(to) || !seen_recipients_.insert(to).second) return;
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
    if (!everyone_ && kind != RecipientChoice::Kind::foreign && !is_foreign(*internal)) return;
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
    if (everyone_) add_recipient("victim%x@" + elsewhere_, Kind::foreign, elsewhere_, true);
    for (const std::string& own : own_domains()) {
      add_recipient("victim%" + elsewhere_ + '@' + own, Kind::foreign, elsewhere_, true);
      if (everyone_) continue;  // it stands for all that are to be routed on
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
      for (std::string& domain : domains_of_key(key)) {
        add_recipient("victim@" + domain, Kind::domain, key, false);
        domains.push_back(std::move(domain));
      }
    }
    for (const std::string& local : keys.locals)
      add_recipient(local + '@' + elsewhere_, Kind::local_part, local + '@', true);
    if (everyone_) {
      for (const std::string& address : server_.local_domains().own_addresses())
        add_recipient(
            "someone@[" + std::string(address.find(':') == npos ? "" : "IPv6:") + address + ']',
            Kind::domain, address, true);
      for (const std::string& own : own_domains()) {
        add_recipient("someone@" + own, Kind::domain, own, true);
        domains.push_back(own);
      }
    }
    cross(keys.locals, domains, sources_.recipients, [&](const std::string& address) {
      add_recipient(address, Kind::domain, address, false);
    });
    if (!everyone_) sampled_recipients();
  }

  void sampled_recipients() {
    using Kind = RecipientChoice::Kind;
    FormFilter filter("victim@" + elsewhere_);
    each_sample(sources_.recipients, [&](const Table& table, const TableEntry& entry,
                                         const std::string& sample) {
      for (const std::string& form : address_forms(sample, elsewhere_))
        if (internal_form(server_, form, false) == form && filter.keep(table, form))
          add_recipient(form, Kind::domain, '/' + std::string(entry.pattern) + '/', false);
    });
    Forms tried;
    for (const RecipientChoice& choice : space_.recipients) tried.push_back(choice.internal);
    const auto add_form = [&](const std::string& form) {
      add_recipient(form, Kind::domain, form, false);
    };
    for (const std::string& form : joint_cells(sources_.recipients, mail_form)) add_form(form);
    space_.unsampled_recipients = find_unsampled(sources_.recipients, tried, {mail_form}, add_form);
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

  void logins() {
    space_.logins.emplace_back();
    if (everyone_ && server_.parameters().sasl_enabled) space_.logins.emplace_back("user");
    space_.general[6].assign(space_.logins.size(), true);
  }

  const Server& server_;
  const RelayOptions& options_;
  bool everyone_;
  Sources sources_;
  std::vector<const MatchList*> lists_;
  MailCrowd sender_crowd_{server_, lists_};
  MailCrowd recipient_crowd_{server_, lists_};
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
    case Dimension::tls:
      return tls.size();
    default:
      return logins.size();
  }
}

Space stranger_space(const Server& server, const RelayOptions& options, Sources sources) {
  return SpaceBuilder(server, options, false, std::move(sources)).build();
}

Space everyones_space(const Server& server, Sources sources) {
  return SpaceBuilder(server, {}, true, std::move(sources)).build();
}

bool is_divisible(const Maps& maps) {
  constexpr std::size_t most = 100;
  std::size_t count = 0;
  for (const Table* table : maps.tables()) {
    bool all = !table->unusable();
    const bool listed = all && table->each_entry([&](const TableEntry& entry) {
      all = entry.kind != TableEntry::Kind::regexp && is_plain_ascii(entry.pattern) &&
            plain_action(entry.value) && ++count <= most;
      return all;
    });
    if (!listed || !all) return false;
  }
  return true;
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
