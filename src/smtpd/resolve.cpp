#include "src/smtpd/resolve.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "src/smtpd/address_tokens.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using ResolveStatus = ResolvedAddress::Status;
using tokens::List;
using tokens::Token;

using text::npos;

std::optional<MatchList> domain_list(const TableSet& tables, const model::EffectiveConfig& config,
                                     const char* name, MatchList::Type type, bool parent) {
  const model::Setting& setting = config.at(name);
  if (setting.text().empty()) return {};
  return MatchList(tables, name, setting.view(), type, parent, MatchList::OnError::temporary,
                   config);
}

Maps address_maps(const TableSet& tables, const model::EffectiveConfig& config, const char* name,
                  TableFlags flags) {
  const model::Setting* setting = config.find(name);
  if (setting == nullptr) return {};
  return {tables, name, setting->view(), flags};
}

/// The last token and the one before it.
bool ends_in_strippable_dot(const List& list) {
  const std::size_t size = list.size();
  return size > 1 && list[size - 1].type == '.' && tokens::rfind(list, '@') != tokens::npos &&
         list[size - 2].type != '.' && list[size - 2].type != '@';
}

List from(const List& list, std::size_t at) {
  return {list.begin() + static_cast<std::ptrdiff_t>(at), list.end()};
}

bool is_single_quoted(const List& list) {
  return list.size() == 1 && list[0].type == Token::quoted;
}

}  // namespace

struct Resolver::State {
  State(const TableSet& set, const model::EffectiveConfig& rewrite_config)
      : tables(set),
        config(rewrite_config),
        rules(RewriteRules::local(rewrite_config)),
        utf8(rewrite_config.boolean("smtputf8_enable")),
        local(set, rewrite_config),
        virtual_alias(domain_list(set, rewrite_config, "virtual_alias_domains",
                                  MatchList::Type::string, false)),
        virtual_mailbox(domain_list(set, rewrite_config, "virtual_mailbox_domains",
                                    MatchList::Type::string, false)),
        relay(domain_list(set, rewrite_config, "relay_domains", MatchList::Type::domain,
                          parent_domains_match(set, rewrite_config, "relay_domains"))),
        relocated(
            address_maps(set, rewrite_config, "relocated_maps", address_map_flags(rewrite_config))),
        transport(maps("transport_maps")),
        sender_relayhost(maps("sender_dependent_relayhost_maps")),
        sender_transport(maps("sender_dependent_default_transport_maps")),
        transport_parents(parent_domains_match(set, rewrite_config, "transport_maps")) {
    read_origin();
  }

  /// Debian's builds read a myorigin that starts with a slash from the file.
  void read_origin() {
    if (!rules.origin.starts_with('/')) return;
    const model::Workspace& workspace = tables.workspace();
    const model::TableFile& file = workspace.table_file(rules.origin);
    if (file.status != model::TableFile::Status::read) return;
    const std::string_view bytes = workspace.sources()[file.file].bytes();
    const std::size_t end = std::min(bytes.find_first_of(" \t\r\n"), bytes.size());
    if (end > 0) rules.origin = bytes.substr(0, end);
  }

  [[nodiscard]] Maps maps(const char* name) const {
    return address_maps(tables, config, name, transport_map_flags(config));
  }

  const TableSet& tables;
  const model::EffectiveConfig& config;
  RewriteRules rules;
  bool utf8;
  LocalDomains local;
  std::optional<MatchList> virtual_alias;
  std::optional<MatchList> virtual_mailbox;
  std::optional<MatchList> relay;
  Maps relocated;
  Maps transport;
  Maps sender_relayhost;
  Maps sender_transport;
  bool transport_parents;
  mutable std::unordered_map<std::string, ResolvedAddress> cache;
};

/// resolve_addr() of trivial-rewrite/resolve.c, step by step.
class Resolution {
 public:
  Resolution(const Resolver::State& state, std::string_view sender, std::string_view address,
             std::optional<AddressClass> unknown_class = std::nullopt)
      : state_(state), sender_(sender), address_(address), unknown_class_(unknown_class) {}

  ResolvedAddress run() {
    if (strip_local_domains() && make_recipient() && find_class() && set_transport()) {
      override_transport();
    }
    return std::move(result_);
  }

 private:
  // Every step returns false where the request ends.
  bool fail(std::string reason) {
    result_.status = ResolveStatus::failure;
    result_.reason = std::move(reason);
    return false;
  }
  bool unknown(std::string reason) {
    result_.status = ResolveStatus::unknown;
    result_.reason = std::move(reason);
    return false;
  }
  bool syntax_error() {
    result_.status = ResolveStatus::syntax_error;
    return false;
  }

  /// Takes all instances of local domains off the address, until none is left or the domain is
  /// remote.
  bool strip_local_domains() {
    list_ = tokens::scan(quote_local_part(address_));
    const std::size_t most = address_.size() + 100;
    for (std::size_t count = 0; count <= most; ++count) {
      if (ends_in_strippable_dot(list_)) list_.pop_back();
      if (flag("resolve_null_domain") && !list_.empty() && list_.back().type == '@') {
        list_.pop_back();
      }
      switch (strip_domain()) {
        case Strip::stopped:
          return false;
        case Strip::remote:
          return true;
        case Strip::stripped:
          break;
      }
      if (!transform()) return append_saved_domain();
    }
    return fail("resolve_addr: <" + std::string(address_) + ">: giving up after " +
                std::to_string(most + 1) + " iterations");
  }

  enum class Strip : std::uint8_t { stripped, remote, stopped };

  Strip strip_domain() {
    const std::size_t at = tokens::rfind(list_, '@');
    if (at == tokens::npos) return Strip::stripped;
    if (at + 1 < list_.size()) {
      const LocalOutcome outcome = match_local(tokens::internalize(from(list_, at + 1)));
      if (outcome.kind == MatchOutcome::Kind::no_match) {
        remote_ = true;
        return Strip::remote;
      }
      if (!conclusive(outcome)) return Strip::stopped;
    }
    saved_domain_ = from(list_, at);
    list_.resize(at);
    return Strip::stripped;
  }

  LocalOutcome match_local(const std::string& domain) {
    LocalOutcome outcome = state_.local.match(domain);
    decide(outcome.kind, AddressClass::local);
    local_match_ = outcome;
    return outcome;
  }

  bool conclusive(const LocalOutcome& outcome) {
    if (outcome.kind == MatchOutcome::Kind::unknown) return unknown(outcome.reason);
    if (outcome.kind == MatchOutcome::Kind::error) return fail(outcome.reason);
    return true;
  }

  /// What is left of the address after a local domain: false when nothing is to be done.
  bool transform() {
    if (tokens::rfind(list_, '@') != tokens::npos ||
        (state_.rules.swap_bangpath && tokens::rfind(list_, '!') != tokens::npos) ||
        (state_.rules.percent_hack && tokens::rfind(list_, '%') != tokens::npos)) {
      tokens::rewrite(list_, state_.rules);
      return true;
    }
    if (flag("resolve_dequoted_address") && is_single_quoted(list_) && crack_open()) return true;
    if (is_single_quoted(list_) && list_[0].text.empty()) list_.clear();
    if (list_.empty()) {
      list_ = tokens::scan(state_.config.text("empty_address_recipient"));
      return !list_.empty();
    }
    if (saved_domain_.empty()) {
      append_own_name();
      return true;
    }
    return false;
  }

  /// Looks for routing operators in a quoted local part.
  bool crack_open() {
    std::string local = list_[0].text;
    std::size_t oper = local.rfind('@');
    if (oper == npos && state_.rules.percent_hack) oper = local.rfind('%');
    if (oper == npos && state_.rules.swap_bangpath) oper = local.rfind('!');
    if (oper == npos) return false;
    if (local[oper] == '%') local[oper] = '@';
    list_ = tokens::scan(local[oper] == '@' ? quote_local_part(local) : local);
    if (!list_.empty()) tokens::rewrite(list_, state_.rules);
    return true;
  }

  void append_own_name() {
    tokens::append(list_, {tokens::token('@')});
    tokens::append(list_, tokens::scan(state_.config.text("myhostname")));
  }

  bool append_saved_domain() {
    if (saved_domain_.empty()) {
      append_own_name();
    } else {
      tokens::append(list_, std::move(saved_domain_));
    }
    return true;
  }

  /// The recipient in internal form, and whether its domain is well-formed.
  bool make_recipient() {
    result_.recipient = tokens::internalize(list_);
    domain_ = domain_of(result_.recipient);
    if (domain_.starts_with('[')) {
      if (!valid_address_literal(domain_)) return syntax_error();
    } else if (state_.utf8 && !valid_utf8(result_.recipient)) {
      return syntax_error();
    } else if (!valid_utf8_hostname(domain_, state_.utf8)) {
      if (!flag("resolve_numeric_domain") || !valid_host_address(domain_)) return syntax_error();
      if (!bracket_domain()) return false;
    }
    const std::string_view recipient = result_.recipient;
    const std::size_t first = recipient.find_first_of("@!%");
    result_.routed = recipient.substr(first + 1) != domain_;
    return true;
  }

  bool bracket_domain() {
    result_.recipient.insert(result_.recipient.size() - domain_.size(), "[");
    result_.recipient += ']';
    domain_ = domain_of(result_.recipient);
    const LocalOutcome outcome = match_local(domain_);
    if (outcome.kind == MatchOutcome::Kind::match) remote_ = false;
    return outcome.kind == MatchOutcome::Kind::no_match || conclusive(outcome);
  }

  bool find_class() {
    note("mydestination", local_match_.list);
    if (!remote_) {
      result_.address_class = AddressClass::local;
      result_.class_parameter = local_match_.by_interface ? "inet_interfaces" : "mydestination";
      result_.class_match = local_match_.list;
      return true;
    }
    using Kind = MatchOutcome::Kind;
    for (const auto& [list, name, address_class] : remote_classes()) {
      if (!*list) continue;
      MatchOutcome outcome = (*list)->match(domain_);
      decide(outcome.kind, address_class);
      note(name, outcome);
      if (outcome.kind == Kind::unknown) return unknown(outcome.reason);
      if (outcome.kind == Kind::error) return fail(std::string(name) + " lookup failure");
      if (outcome.kind == Kind::no_match) continue;
      result_.address_class = address_class;
      result_.class_parameter = name;
      result_.class_match = outcome;
      return true;
    }
    return true;
  }

  /// What a list that is not known says where its class was given.
  void decide(MatchOutcome::Kind& kind, AddressClass address_class) const {
    if (kind != MatchOutcome::Kind::unknown || !unknown_class_) return;
    kind =
        *unknown_class_ == address_class ? MatchOutcome::Kind::match : MatchOutcome::Kind::no_match;
  }

  struct RemoteClass {
    const std::optional<MatchList>* list;
    const char* name;
    AddressClass address_class;
  };
  [[nodiscard]] std::array<RemoteClass, 3> remote_classes() const {
    return {{{&state_.virtual_alias, "virtual_alias_domains", AddressClass::virtual_alias},
             {&state_.virtual_mailbox, "virtual_mailbox_domains", AddressClass::virtual_mailbox},
             {&state_.relay, "relay_domains", AddressClass::relay}}};
  }

  void note(const char* parameter, const MatchOutcome& outcome) {
    result_.steps.emplace_back(parameter, outcome);
  }

  /// Transport and next hop of the class.
  bool set_transport() {
    const char* parameter = "default_transport";
    result_.nexthop = domain_;
    switch (result_.address_class) {
      case AddressClass::local:
        parameter = "local_transport";
        break;
      case AddressClass::virtual_alias:
        result_.transport = "error";
        result_.nexthop = "5.1.1 User unknown";
        if (flag("show_user_unknown_table_name")) result_.nexthop += " in virtual alias table";
        return true;
      case AddressClass::virtual_mailbox:
        parameter = "virtual_transport";
        break;
      case AddressClass::relay:
        parameter = "relay_transport";
        break;
      case AddressClass::default_:
        break;
    }
    result_.transport = state_.config.text(parameter);
    if (result_.address_class == AddressClass::default_ && !sender_default_transport()) {
      return false;
    }
    const bool off_host = result_.address_class == AddressClass::relay ||
                          result_.address_class == AddressClass::default_;
    if (off_host && !set_relayhost()) return false;
    split_nexthop();
    if (!result_.transport.empty()) return true;
    return fail("parameter " + std::string(parameter) + ": null transport is not allowed");
  }

  /// A lookup that only changes transport and next hop: false where the request fails.
  bool usable(const LookupResult& entry, const std::string& parameter) {
    if (entry.kind == LookupResult::Kind::error) return fail(parameter + " lookup failure");
    if (entry.kind == LookupResult::Kind::unknown && result_.transport_known) {
      result_.transport_known = false;
      result_.transport_reason = entry.reason;
    }
    return true;
  }

  [[nodiscard]] LookupResult by_sender(const Maps& maps, const char* null_key) const {
    if (maps.empty()) return {};
    const std::string_view key = sender_.empty() ? state_.config.text(null_key) : sender_;
    return find_address(maps, key, state_.local, state_.config);
  }

  bool sender_default_transport() {
    const LookupResult entry =
        by_sender(state_.sender_transport, "empty_address_default_transport_maps_lookup_key");
    if (!usable(entry, "sender_dependent_default_transport_maps")) return false;
    if (entry.found() && !text::same_word(entry.value, "DUNNO")) {
      result_.transport = entry.value;
      result_.transport_entry = entry;
    }
    return true;
  }

  bool set_relayhost() {
    const LookupResult entry =
        by_sender(state_.sender_relayhost, "empty_address_relayhost_maps_lookup_key");
    if (!usable(entry, "sender_dependent_relayhost_maps")) return false;
    const std::string_view relayhost = state_.config.text("relayhost");
    if (entry.found() && !text::same_word(entry.value, "DUNNO")) {
      result_.nexthop = entry.value;
    } else if (!relayhost.empty()) {
      result_.nexthop = relayhost;
    }
    return true;
  }

  /// transport:nexthop in main.cf.
  void split_nexthop() {
    const std::size_t colon = result_.transport.find(':');
    if (colon == std::string::npos) return;
    if (colon + 1 < result_.transport.size()) result_.nexthop = result_.transport.substr(colon + 1);
    result_.transport.resize(colon);
  }

  void override_transport() {
    if (result_.address_class != AddressClass::virtual_alias && !transport_maps()) return;
    if (!relocated_maps()) return;
    if (!flag("allow_min_user") && result_.recipient.starts_with('-')) syntax_error();
  }

  /// transport_lookup(): the address and its domains, then "*".
  bool transport_maps() {
    if (state_.transport.empty()) return true;
    AddressStrategy strategy;
    strategy.local_part_if_local = strategy.at_domain = false;
    strategy.domain = true;
    strategy.parent_domains = state_.transport_parents;
    strategy.dot_parent_domains = !state_.transport_parents;
    LookupResult entry =
        find_address(state_.transport, result_.recipient, state_.local, state_.config, strategy);
    const bool wildcard = entry.absent();
    if (wildcard) entry = state_.transport.find("*");
    if (!usable(entry, "transport_maps")) return false;
    if (entry.found()) use_transport_entry(entry);
    return true;
  }

  /// transport[:[nexthop]] or :[nexthop] (update_entry()).
  void use_transport_entry(const LookupResult& entry) {
    const std::size_t colon = entry.value.find(':');
    const std::string transport = entry.value.substr(0, colon);
    const std::string nexthop =
        colon == std::string::npos ? std::string() : entry.value.substr(colon + 1);
    result_.transport_entry = entry;
    if (!transport.empty()) {
      result_.transport = transport;
      const bool is_error = transport == "error" || transport == "retry";
      result_.nexthop = is_error ? "Address is undeliverable" : domain_;
    }
    if (!nexthop.empty()) result_.nexthop = nexthop;
  }

  /// 3.11: relocated_prefix_enable = no leaves status and text to the table.
  [[nodiscard]] std::string relocation(const std::string& entry) const {
    if (state_.config.find("relocated_prefix_enable") == nullptr || flag("relocated_prefix_enable"))
      return "5.1.6 User has moved to " + entry;
    const std::size_t status = dsn_length(entry);
    const std::size_t text = status == 0 ? npos : entry.find_first_not_of(" \t", status);
    if (text == npos) return "5.2.0 Mailbox is unavailable";
    return entry.substr(0, status) + ' ' + entry.substr(text);
  }

  bool relocated_maps() {
    if (state_.relocated.empty()) return true;
    const LookupResult entry =
        find_address(state_.relocated, result_.recipient, state_.local, state_.config);
    if (!usable(entry, "relocated_maps")) return false;
    if (entry.found()) {
      result_.transport = "error";
      result_.nexthop = relocation(entry.value);
      result_.transport_entry = entry;
    }
    return true;
  }

  [[nodiscard]] bool flag(const char* name) const { return state_.config.boolean(name); }

  const Resolver::State& state_;
  std::string_view sender_;
  std::string_view address_;
  std::optional<AddressClass> unknown_class_;
  List list_;
  List saved_domain_;
  bool remote_ = false;
  LocalOutcome local_match_;
  std::string domain_;
  ResolvedAddress result_;
};

const model::EffectiveConfig& rewrite_config(const model::Workspace& workspace) {
  const model::EffectiveConfig* config = &workspace.config();
  for (const model::Service& service : workspace.services()) {
    const bool rewrites = service.entry != nullptr &&
                          service.entry->field(model::Field::service) == "rewrite" &&
                          service.entry->field(model::Field::type) == "unix";
    if (rewrites) config = service.config.get();
  }
  return *config;
}

Resolver::Resolver(const TableSet& tables, const model::EffectiveConfig& config)
    : state_(std::make_unique<State>(tables, config)) {}
Resolver::~Resolver() = default;
Resolver::Resolver(Resolver&&) noexcept = default;

bool Resolver::depends_on_sender() const {
  return !state_->sender_relayhost.empty() || !state_->sender_transport.empty();
}

const ResolvedAddress& Resolver::resolve(std::string_view sender, std::string_view address) const {
  return kept(sender, address, std::nullopt);
}

const ResolvedAddress& Resolver::resolve_in_class(std::string_view sender, std::string_view address,
                                                  AddressClass address_class) const {
  return kept(sender, address, address_class);
}

void Resolver::forget() const { state_->cache.clear(); }

const ResolvedAddress& Resolver::kept(std::string_view sender, std::string_view address,
                                      std::optional<AddressClass> unknown_class) const {
  if (!depends_on_sender()) sender = {};
  std::string key(1,
                  unknown_class ? static_cast<char>('0' + static_cast<int>(*unknown_class)) : '-');
  key += sender;
  key += '\n';
  key += address;
  if (const auto found = state_->cache.find(key); found != state_->cache.end()) {
    return found->second;
  }
  ResolvedAddress result =
      Resolution(*state_, rewrite(sender), rewrite(address), unknown_class).run();
  result.recipient = casefold(result.recipient, state_->utf8);
  return state_->cache.emplace(std::move(key), std::move(result)).first->second;
}

ResolvedAddress::Status Resolver::check_syntax(std::string_view sender, std::string_view address,
                                               bool smtputf8) const {
  if (address.empty()) return ResolveStatus::ok;
  const ResolvedAddress& resolved = resolve(sender, address);
  if (resolved.status == ResolveStatus::syntax_error) return ResolveStatus::syntax_error;
  const std::size_t at = resolved.recipient.rfind('@');
  if (smtputf8 || at == std::string::npos) return ResolveStatus::ok;
  const bool ascii = std::all_of(resolved.recipient.begin() + static_cast<std::ptrdiff_t>(at),
                                 resolved.recipient.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  return ascii ? ResolveStatus::ok : ResolveStatus::syntax_error;
}

std::string Resolver::rewrite(std::string_view internal) const {
  return rewrite_internal(internal, state_->rules);
}

LocalOutcome Resolver::is_local(std::string_view domain) const {
  return state_->local.match(domain);
}

std::optional<std::string> Resolver::fatal() const {
  for (const MatchList* list :
       {virtual_alias_domains(), virtual_mailbox_domains(), relay_domains(), &mydestination()}) {
    if (list != nullptr && list->fatal()) return list->fatal();
  }
  for (const Maps* maps : {&state_->relocated, &state_->transport, &state_->sender_relayhost,
                           &state_->sender_transport}) {
    if (maps->fatal()) return maps->fatal();
  }
  for (const char* name : {"local_transport", "virtual_transport", "relay_transport",
                           "default_transport", "empty_address_recipient"}) {
    if (state_->config.text(name).empty()) {
      return "bad string length 0 < 1: " + std::string(name) + " = ";
    }
  }
  return {};
}

const MatchList& Resolver::mydestination() const { return state_->local.mydestination(); }

const MatchList* Resolver::virtual_alias_domains() const {
  return state_->virtual_alias ? &*state_->virtual_alias : nullptr;
}
const MatchList* Resolver::virtual_mailbox_domains() const {
  return state_->virtual_mailbox ? &*state_->virtual_mailbox : nullptr;
}
const MatchList* Resolver::relay_domains() const {
  return state_->relay ? &*state_->relay : nullptr;
}

}  // namespace postlint::smtpd
