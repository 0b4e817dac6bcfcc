#include "src/smtpd/server.hpp"

#include <algorithm>

#include "grammar/restriction_list.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

using model::EffectiveConfig;

constexpr std::array<std::string_view, list_count> list_parameters{
    "smtpd_client_restrictions", "smtpd_helo_restrictions",       "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",  "smtpd_recipient_restrictions",  "smtpd_etrn_restrictions",
    "smtpd_data_restrictions",   "smtpd_end_of_data_restrictions"};

MatchList list_of(const TableSet& tables, const EffectiveConfig& config, std::string_view name,
                  MatchList::Type type, MatchList::OnError on_error, bool parent) {
  const model::Setting* setting = config.find(name);
  return {tables,
          std::string(name),
          setting != nullptr ? setting->view() : text::MappedView(),
          type,
          parent,
          on_error,
          config};
}

Maps maps_of(const TableSet& tables, const EffectiveConfig& config, std::string_view name,
             const TableFlags& flags) {
  const model::Setting* setting = config.find(name);
  if (setting == nullptr) return {};
  return {tables, std::string(name), setting->view(), flags};
}

Server::Tables open_all(const TableSet& tables, const EffectiveConfig& config) {
  using Type = MatchList::Type;
  constexpr auto temporary = MatchList::OnError::temporary;
  const auto clients = [&](std::string_view name, bool styled) {
    const bool parent = styled && parent_domains_match(tables, config, name);
    return list_of(tables, config, name, Type::name_address, temporary, parent);
  };
  const auto maps = [&](std::string_view name) {
    return maps_of(tables, config, name, address_map_flags(config));
  };
  const auto plain = [&](std::string_view name) {
    return maps_of(tables, config, name, plain_map_flags());
  };
  const auto unfolded = [&](std::string_view name) {
    return maps_of(tables, config, name, TableFlags{});
  };
  return {clients("mynetworks", true),
          list_of(tables, config, "relay_domains", Type::domain, MatchList::OnError::fatal,
                  parent_domains_match(tables, config, "relay_domains")),
          clients("permit_mx_backup_networks", true),
          clients("smtpd_sasl_exceptions_networks", false),
          clients("smtpd_authorized_verp_clients", false),
          clients("smtpd_authorized_xclient_hosts", false),
          clients("smtpd_authorized_xforward_hosts", false),
          plain("relay_clientcerts"),
          maps("local_recipient_maps"),
          maps("sender_canonical_maps"),
          maps("recipient_canonical_maps"),
          maps("canonical_maps"),
          maps("virtual_alias_maps"),
          maps("virtual_mailbox_maps"),
          maps("relay_recipient_maps"),
          maps("rbl_reply_maps"),
          maps("smtpd_sender_login_maps"),
          unfolded("smtpd_discard_ehlo_keyword_address_maps"),
          config.version() >= database::Version{3, 11, 0} ? unfolded("smtpd_reject_filter_maps")
                                                          : Maps(),
          unfolded("smtpd_reject_footer_maps"),
          plain("smtpd_command_filter")};
}

/// What relay_domains of a configuration without compatibility_level would be, and such, are all in
/// the defaults of the database; here only the order of the two lists depends on more.
bool relay_list_left_to_compatibility(const EffectiveConfig& config) {
  return config.version() >= database::Version{3, 3, 0} &&
         !config.set("smtpd_relay_restrictions") && config.text("smtpd_relay_restrictions").empty();
}

}  // namespace

text::Span RestrictionList::place(std::size_t first, std::size_t last) const {
  if (value.text().empty() || words.empty()) return span;
  return value.span({words[first].range.lo, words[last].range.hi});
}

std::vector<Word> split_restrictions(std::string_view value) {
  std::vector<Word> words;
  for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
    std::string text(value.substr(word.range.lo, word.range.size()));
    const Keyword keyword = find_keyword(text);
    words.push_back({std::move(text), word.range, keyword});
  }
  return words;
}

Server::Server(const model::Workspace& workspace, const model::Service& service,
               const TableSet& tables, std::shared_ptr<const Resolver> resolver)
    : service_(&service), config_(service.config.get()), resolver_(std::move(resolver)) {
  check_entry(workspace);
  check_values();
  check_interfaces();
  note_optional_tables(workspace);
  read_parameters();
  open_tables(tables);
  read_lists(tables);
  read_classes(tables);
  check_class_growth();
  if (fatal_.empty()) check_required();
  check_tls();
  note_mail_name(workspace);
}

Server::~Server() = default;

std::string Server::name() const { return service_->name(); }

text::Span Server::entry_span() const {
  return service_->entry == nullptr ? text::Span{}
                                    : service_->entry->field_span(model::Field::service);
}

namespace {

bool loopback(std::string_view host) {
  if (host.size() > 2 && host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host.starts_with("127.") || host == "::1" || same_word(host, "localhost");
}

}  // namespace

std::optional<std::string> Server::unreachable() const {
  const model::MasterEntry* entry = service_->entry;
  if (entry != nullptr && entry->field(model::Field::type) == "unix")
    return "only processes of this host can connect to a UNIX-domain socket";
  if (entry == nullptr || entry->field(model::Field::type) != "inet" || !loopback(entry->host()))
    return std::nullopt;
  return "no other host can connect to " + std::string(entry->host());
}

bool Server::on_loopback_alone() const {
  const std::string_view interfaces = config_->text("inet_interfaces");
  const std::vector<std::string_view> hosts = grammar::plain_words(interfaces);
  return same_word(interfaces, "loopback-only") ||
         (!hosts.empty() && std::all_of(hosts.begin(), hosts.end(), loopback));
}

void Server::die(std::string why, text::Span place) {
  if (!fatal_.empty()) return;
  fatal_ = std::move(why);
  fatal_place_ = place;
}

void Server::die_of(std::string_view parameter, std::string why) {
  const model::Setting* setting = config_->find(parameter);
  die(std::move(why), setting != nullptr ? setting->origin().span : text::Span{});
}

void Server::open_tables(const TableSet& tables) {
  map_flags_ = address_map_flags(*config_);
  tables_ = std::make_unique<Tables>(open_all(tables, *config_));
  local_ = std::make_unique<LocalDomains>(tables, *config_);
  if (resolver_ == nullptr)
    resolver_ = std::make_shared<Resolver>(tables, rewrite_config(tables.workspace()));
  const Tables& t = *tables_;
  for (const MatchList* list : {&t.mynetworks, &t.relay_domains, &t.mx_backup_networks,
                                &t.verp_clients, &t.xclient_hosts, &t.xforward_hosts})
    if (list->fatal()) die_of(list->name(), *list->fatal());
  for (const Maps* maps :
       {&t.relay_certificates, &t.local_recipients, &t.sender_canonical, &t.recipient_canonical,
        &t.canonical, &t.virtual_aliases, &t.virtual_mailboxes, &t.relay_recipients, &t.rbl_replies,
        &t.sender_logins, &t.ehlo_discard, &t.reject_filters, &t.reject_footers, &t.command_filter})
    if (const auto why = maps->fatal()) die_of(maps->title(), *why);
  const auto& verify = parameters_.verify_sender;
  origin_ = resolver_->rewrite("x");
  origin_.erase(0, origin_.find('@') == std::string::npos ? origin_.size() : 2);
  if (!verify.empty() && verify != "<>") verify_sender_ = resolver_->rewrite(verify);
}

RestrictionList Server::parse(const TableSet& tables, std::string_view parameter, bool policies) {
  RestrictionList list;
  list.parameter = parameter;
  const model::Setting* setting = config_->find(parameter);
  if (setting == nullptr) return list;
  list.value = setting->view();
  list.span = setting->origin().span;
  list.words = split_restrictions(setting->text());
  for (std::size_t i = 0; i < list.words.size(); ++i) {
    if (policies && i > 0 && list.words[i - 1].keyword == Keyword::check_policy_service)
      register_policy(list, i);
    else
      register_argument(tables, list, i);
  }
  return list;
}

void Server::read_lists(const TableSet& tables) {
  for (std::size_t i = 0; i < list_count; ++i) lists_[i] = parse(tables, list_parameters[i]);
  local_rewrite_clients_ = parse(tables, "local_header_rewrite_clients", false);
}

void Server::read_classes(const TableSet& tables) {
  for (const std::string_view word :
       grammar::plain_words(config_->text("smtpd_restriction_classes"))) {
    const std::string name(word);
    const model::Setting* setting = config_->find(name);
    if (setting == nullptr || setting->text().empty()) {
      die_of("smtpd_restriction_classes", "restriction class `" + name + "' needs a definition");
      continue;
    }
    if (!classes_.contains(name)) classes_.emplace(name, parse(tables, name));
  }
  RestrictionList mismatch;
  mismatch.parameter = "reject_sender_login_mismatch";
  mismatch.words = split_restrictions(
      "reject_authenticated_sender_login_mismatch reject_unauthenticated_sender_login_mismatch");
  classes_.insert_or_assign(mismatch.parameter, mismatch);
}

/// map_search_create(): a word that names a table, with or without a search order.
void Server::register_argument(const TableSet& tables, const RestrictionList& list,
                               std::size_t index) {
  const std::string& word = list.words[index].text;
  const bool braced = word.front() == '{';
  if (!braced && word.find(':') == std::string::npos) return;
  if (arguments_.contains(word)) return;
  TableArgument argument;
  argument.type_name = word;
  text::Range place{0, static_cast<std::uint32_t>(word.size())};
  if (braced) {
    const grammar::Braced inner = grammar::parse_braced(word);
    if (inner.problem != grammar::BraceProblem::none) return;
    const std::string_view payload =
        std::string_view(word).substr(inner.payload.lo, inner.payload.size());
    const grammar::WordList parts = grammar::parse_restriction_list(payload);
    if (parts.words.empty()) return;
    const text::Range first = parts.words.front().range;
    argument.type_name = payload.substr(first.lo, first.size());
    place = {inner.payload.lo + first.lo, inner.payload.lo + first.hi};
    if (argument.type_name.find(':') == std::string::npos) return;
    for (std::size_t i = 1; i < parts.words.size(); ++i) {
      std::string_view text = payload.substr(parts.words[i].range.lo, parts.words[i].range.size());
      const grammar::Attribute attribute = grammar::parse_attribute(text);
      if (attribute.problem != grammar::AttributeProblem::none) return;
      if (!same_word(text.substr(attribute.name.lo, attribute.name.size()), "search_order")) return;
      argument.search_order.emplace();
      for (const std::string_view key :
           grammar::plain_words(text.substr(attribute.value.lo, attribute.value.size()))) {
        using Key = TableArgument::Key;
        if (same_word(key, "cert_fingerprint"))
          argument.search_order->push_back(Key::certificate);
        else if (same_word(key, "pubkey_fingerprint"))
          argument.search_order->push_back(Key::public_key);
        else if (same_word(key, "issuer_cn") || same_word(key, "subject_cn"))
          argument.search_order->push_back(Key::unsupported);
        else
          return;
      }
    }
  }
  if (!access_tables_.contains(argument.type_name)) {
    text::MappedView view = list.value.sub(
        {list.words[index].range.lo + place.lo, list.words[index].range.lo + place.hi});
    auto maps = std::make_unique<Maps>(tables, argument.type_name, view, map_flags_);
    if (const auto why = maps->fatal()) die(*why, list.place(index, index));
    access_tables_.emplace(argument.type_name, std::move(maps));
  }
  arguments_.emplace(word, std::move(argument));
}

/// policy_client_register(): attributes are checked at start.
void Server::register_policy(const RestrictionList& list, std::size_t index) {
  const std::string& word = list.words[index].text;
  if (policies_.contains(word)) return;
  PolicyService service{word, parameters_.policy_default_action};
  const text::Span place = list.place(index, index);
  if (word.front() == '{') {
    const grammar::Braced inner = grammar::parse_braced(word, false);
    if (inner.problem != grammar::BraceProblem::none)
      return die("policy service syntax error: " + word, place);
    const std::string_view payload =
        std::string_view(word).substr(inner.payload.lo, inner.payload.size());
    const auto parts = grammar::parse_restriction_list(payload).words;
    if (parts.empty()) return die("empty policy service: \"" + word + '"', place);
    service.endpoint = payload.substr(parts[0].range.lo, parts[0].range.size());
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const std::string_view text = payload.substr(parts[i].range.lo, parts[i].range.size());
      const grammar::Attribute attribute = grammar::parse_attribute(text);
      if (attribute.problem != grammar::AttributeProblem::none)
        return die("invalid policy service attribute: " + std::string(text), place);
      const std::string_view name = text.substr(attribute.name.lo, attribute.name.size());
      const std::string_view value = text.substr(attribute.value.lo, attribute.value.size());
      constexpr std::array<std::string_view, 8> known{
          "timeout",       "max_idle",  "max_ttl",        "retry_delay",
          "request_limit", "try_limit", "default_action", "policy_context"};
      if (std::find(known.begin(), known.end(), name) == known.end())
        return die("unknown attribute name: " + std::string(name), place);
      if (name == "default_action") service.default_action = value;
    }
  }
  const std::size_t colon = service.endpoint.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == service.endpoint.size())
    return die("need service transport:endpoint instead of \"" + service.endpoint + '"', place);
  const std::string transport = service.endpoint.substr(0, colon);
  if (transport != "inet" && transport != "unix" && transport != "local")
    return die("invalid transport name: " + transport + " in service: " + service.endpoint, place);
  policies_.emplace(word, std::move(service));
}

const RestrictionList* Server::restriction_class(std::string_view name) const {
  const auto found = classes_.find(std::string(name));
  return found == classes_.end() ? nullptr : &found->second;
}

const Maps* Server::access_table(const std::string& type_name) const {
  const auto found = access_tables_.find(type_name);
  return found == access_tables_.end() ? nullptr : found->second.get();
}

const TableArgument* Server::table_argument(const std::string& word) const {
  const auto found = arguments_.find(word);
  return found == arguments_.end() ? nullptr : &found->second;
}

const PolicyService* Server::policy_service(const std::string& word) const {
  const auto found = policies_.find(word);
  return found == policies_.end() ? nullptr : &found->second;
}

Keyword standard_check(ListName list) {
  switch (list) {
    case ListName::client:
      return Keyword::check_client_access;
    case ListName::helo:
      return Keyword::check_helo_access;
    case ListName::sender:
      return Keyword::check_sender_access;
    case ListName::relay:
    case ListName::recipient:
      return Keyword::check_recipient_access;
    case ListName::etrn:
      return Keyword::check_etrn_access;
    default:
      return Keyword::other;
  }
}

std::array<const RestrictionList*, 2> Server::recipient_lists() const {
  const RestrictionList* relay = &list(ListName::relay);
  const RestrictionList* recipient = &list(ListName::recipient);
  const bool relay_first =
      version() < database::Version{3, 3, 0} ||
      (version() >= database::Version{3, 6, 0} && parameters_.relay_before_recipient &&
       !relay_list_left_to_compatibility(*config_));
  if (relay_first) return {relay, recipient};
  return {recipient, relay};
}

}  // namespace postlint::smtpd
