#include <algorithm>
#include <unordered_map>

#include "grammar/restriction_list.hpp"
#include "src/model/host_name.hpp"
#include "src/model/own_networks.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/server.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using database::Type;
using database::Version;
using model::EffectiveConfig;

bool has_word(std::string_view value, std::string_view wanted) {
  for (const std::string_view word : grammar::plain_words(value))
    if (same_word(word, wanted)) return true;
  return false;
}

std::optional<TempfailAction> tempfail_action(std::string_view word) {
  if (same_word(word, "defer")) return TempfailAction::defer;
  if (same_word(word, "defer_if_permit")) return TempfailAction::defer_if_permit;
  return std::nullopt;
}

/// unescape(3), as far as expansion filters use it.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'a':
        out += '\a';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'v':
        out += '\v';
        break;
      default: {
        int value = 0;
        int digits = 0;
        while (digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7') {
          value = value * 8 + (text[i++] - '0');
          ++digits;
        }
        if (digits > 0)
          --i, out += static_cast<char>(value);
        else
          out += text[i];
      }
    }
  }
  return out;
}

/// The values that count at the gate of smtpd_check_init().
bool is_required(Keyword keyword, Version version) {
  switch (keyword) {
    case Keyword::check_relay_domains:
    case Keyword::reject_unauth_destination:
    case Keyword::reject:
    case Keyword::defer:
    case Keyword::defer_if_permit:
      return true;
    case Keyword::defer_unauth_destination:
      return version >= Version{2, 10, 0};
    default:
      return false;
  }
}

enum class Gate : std::uint8_t { absent, present, endless };

/// has_required(): a scan of the words, arguments included, classes followed.
Gate scan_required(const Server& server, const RestrictionList& list, int depth) {
  constexpr int depth_limit = 1000;  // the process runs out of stack long after this
  if (depth > depth_limit) return Gate::endless;
  for (std::size_t i = 0; i < list.words.size(); ++i) {
    const Word& word = list.words[i];
    if (word.keyword == Keyword::warn_if_reject && i + 1 < list.words.size()) {
      ++i;
      continue;
    }
    if (word.keyword == Keyword::permit) return Gate::absent;
    if (is_required(word.keyword, server.version())) return Gate::present;
    if (const RestrictionList* inner = server.restriction_class(word.text)) {
      const Gate gate = scan_required(server, *inner, depth + 1);
      if (gate != Gate::absent) return gate;
    }
  }
  return Gate::absent;
}

/// How many words a list has with its classes written out; some ways end before the last of them.
class WrittenOut {
 public:
  explicit WrittenOut(const Server& server) : server_(server) {}

  double count(const RestrictionList& list, int depth = 0) {
    constexpr int deepest = 1000;
    const auto [known, fresh] = known_.emplace(&list, 0);  // 0: a class within itself
    if (!fresh || depth > deepest) return known->second;
    double words = static_cast<double>(list.words.size());
    for (const Word& word : list.words)
      if (const RestrictionList* inner = server_.restriction_class(word.text))
        words += count(*inner, depth + 1);
    return known_[&list] = words;
  }

 private:
  const Server& server_;
  std::unordered_map<const RestrictionList*, double> known_;
};

std::optional<std::int64_t> number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!all_digits(text) || text.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

bool valid_time(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9) return false;
  return digits == text.size() ||
         std::string_view("smhdw").find(text[digits]) != std::string_view::npos;
}

/// Why the program dies of this value; empty: it takes it.
std::string bad_value(const model::Setting& setting) {
  const std::string name(setting.name);
  const std::string& value = setting.text();
  const database::Bounds bounds = setting.parameter->bounds;
  if (setting.status == model::ExpansionStatus::crash) return name + " refers to itself";
  if (setting.status != model::ExpansionStatus::ok) return "macro processing error in " + name;
  switch (setting.parameter->type) {
    case Type::integer:
    case Type::long_integer: {
      const auto parsed = number(value);
      if (!parsed) return "bad numerical configuration: " + name + " = " + value;
      if (bounds.min != 0 && *parsed < bounds.min)
        return "invalid " + name + " parameter value " + value + " < " + std::to_string(bounds.min);
      if (bounds.max != 0 && *parsed > bounds.max)
        return "invalid " + name + " parameter value " + value + " > " + std::to_string(bounds.max);
      return {};
    }
    case Type::boolean:
      if (same_word(value, "yes") || same_word(value, "no")) return {};
      return "bad boolean configuration: " + name + " = " + value;
    case Type::time:
      return valid_time(value) ? std::string()
                               : "parameter " + name + ": bad time value or unit: " + value;
    case Type::string:
    case Type::string_function: {
      const auto size = static_cast<std::int64_t>(value.size());
      if (bounds.min == 0 || size >= bounds.min) return {};
      return "bad string length " + std::to_string(size) + " < " + std::to_string(bounds.min) +
             ": " + name + " =";
    }
    default:
      return {};
  }
}

}  // namespace

/// The checks of mail_params_init(3) and of the tables of smtpd's main() on what is set.
void Server::check_values() {
  std::vector<std::string_view> names;
  for (const model::MainEntry& entry : config_->main().entries) names.push_back(entry.name());
  if (config_->entry() != nullptr)
    for (const model::Override& option : config_->entry()->overrides) names.push_back(option.name);
  for (const std::string_view name : names) {
    const database::Parameter* parameter = config_->database().parameter(name);
    if (parameter == nullptr || !parameter->read_by("smtpd")) continue;
    const model::Setting* setting = config_->find(name);
    if (std::string why = bad_value(*setting); !why.empty())
      die(std::move(why), setting->origin().span);
  }
  for (const model::MainProblem& problem : config_->main().problems) {
    const bool nameless =
        problem.kind == model::MainProblem::Kind::missing_name && version() >= Version{3, 7, 0};
    if (problem.kind == model::MainProblem::Kind::missing_equals || nameless)
      die("main.cf, line " + std::to_string(problem.line_number) + ": missing " +
              (nameless ? "attribute name" : "'=' after attribute name") + ": \"" +
              std::string(problem.line.text()) + '"',
          problem.span);
  }
  for (const std::string_view name : {"myhostname", "mydomain"}) {
    const model::Setting* setting = config_->find(name);
    if (setting == nullptr || !setting->unknown_facts.empty() || setting->text().empty() ||
        valid_hostname(setting->text()))
      continue;
    // mydomain, which is made of it by default, is looked at before.
    const bool no_domain = name == "myhostname" && config_->at("mydomain").is_default() &&
                           model::domain_of(setting->text()).empty();
    if (no_domain)
      die("bad string length 0 < 1: mydomain = ", setting->origin().span);
    else
      die("parameter " + std::string(name) + ": bad parameter value: " + setting->text(),
          setting->origin().span);
  }
}

/// Mistakes in the service's own master.cf entry of which the daemon dies.
void Server::check_entry(const model::Workspace& workspace) {
  const model::MasterCf* master = workspace.master();
  if (master == nullptr || service_->entry == nullptr) return;
  using Kind = model::MasterProblem::Kind;
  for (const model::MasterProblem& problem : master->problems) {
    if (!problem.entry || &master->entries[*problem.entry] != service_->entry) continue;
    const std::string text(workspace.sources().text(problem.span));
    if (problem.kind == Kind::stray_argument)
      die("unexpected command-line argument: " + text, problem.span);
    if (problem.kind == Kind::option_without_equals)
      die("invalid \"-o " + text + "\" option value: missing '=' after attribute name",
          problem.span);
  }
}

/// own_inet_addr(3): every program looks up its interfaces at start.
void Server::check_interfaces() {
  const std::string_view interfaces = config_->text("inet_interfaces");
  if (const auto bad = model::bad_interface(interfaces)) return die_of("inet_interfaces", bad->log);
  const auto& addresses = config_->host().addresses;
  if (!addresses) return;
  const auto selected =
      model::select_interfaces(*addresses, interfaces, config_->text("inet_protocols"));
  if (!selected) return die_of("inet_interfaces", selected.error().message);
  unresolved_interface_ = selected->unresolved;
}

/// Tables of types that not every Postfix has, and whose index may differ from the source here.
void Server::note_optional_tables(const model::Workspace& workspace) {
  const auto scan = [&](std::string_view value) {
    for (const std::string_view type : {"lmdb:", "cdb:", "dbm:", "sdbm:"}) {
      for (std::size_t at = value.find(type); at != std::string_view::npos;
           at = value.find(type, at + 1)) {
        const std::size_t end = std::min(value.find_first_of(", \t\r\n{}", at), value.size());
        const std::string table(value.substr(at, end - at));
        const std::string_view path = std::string_view(table).substr(type.size());
        if (at > 0 && value[at - 1] >= 'a' && value[at - 1] <= 'z') continue;
        if (workspace.table_file(path).status == model::TableFile::Status::read)
          optional_tables_.push_back(table);
      }
    }
  };
  const auto may_name_one = [](std::string_view value) {
    return value.find("db") != std::string_view::npos || value.find('$') != std::string_view::npos;
  };
  for (const model::MainEntry& entry : config_->main().entries)
    if (may_name_one(entry.value().text()) && config_->main().find(entry.name()) == &entry)
      if (const model::Setting* setting = config_->find(entry.name())) scan(setting->text());
  if (config_->entry() != nullptr)
    for (const model::Override& option : config_->entry()->overrides)
      scan(config_->text(option.name));
  std::sort(optional_tables_.begin(), optional_tables_.end());
  optional_tables_.erase(std::unique(optional_tables_.begin(), optional_tables_.end()),
                         optional_tables_.end());
}

/// After all files were read: was /etc/mailname among them, and not there?
void Server::note_mail_name(const model::Workspace& workspace) {
  if (workspace.host().mail_name || !workspace.host().name) return;
  for (const auto& [path, file] : workspace.table_files())
    if (path == model::Workspace::mail_name_file && file->path == path &&
        workspace.sources()[file->file].path() != path)
      assumed_mail_name_ = *workspace.host().name;
}

void Server::read_parameters() {
  const EffectiveConfig& c = *config_;
  Parameters& p = parameters_;
  p.delay_reject = c.boolean("smtpd_delay_reject");
  p.helo_required = c.boolean("smtpd_helo_required");
  p.strict_envelopes = c.boolean("strict_rfc821_envelopes");
  p.allow_untrusted_routing = c.boolean("allow_untrusted_routing");
  p.soft_bounce = c.boolean("soft_bounce");
  p.reject_unlisted_recipient = c.boolean("smtpd_reject_unlisted_recipient");
  p.reject_unlisted_sender = c.boolean("smtpd_reject_unlisted_sender");
  p.show_user_unknown_table = c.boolean("show_user_unknown_table_name");
  p.relay_before_recipient = c.boolean("smtpd_relay_before_recipient_restrictions");
  p.peername_lookup = c.boolean("smtpd_peername_lookup");
  p.no_unknown_recipient_checks =
      has_word(c.text("receive_override_options"), "no_unknown_recipient_checks");
  p.sasl_enabled = c.boolean("smtpd_sasl_auth_enable");
  p.broken_sasl_clients = c.boolean("broken_sasl_auth_clients");
  p.tls_ask_certificate = c.boolean("smtpd_tls_ask_ccert");
  p.tls_require_certificate = c.boolean("smtpd_tls_req_ccert");
  p.utf8 = c.boolean("smtputf8_enable");
  p.strict_utf8 = c.boolean("strict_smtputf8");
  p.utf8_lookups = p.utf8;
  p.disable_vrfy = c.boolean("disable_vrfy_command");
  p.proxy_filter = !c.text("smtpd_proxy_filter").empty();
  p.parent_style = has_word(c.text("parent_domain_matches_subdomains"), "smtpd_access_maps");
  const std::string_view protocols = c.text("inet_protocols");
  p.ipv4 = has_word(protocols, "all") || has_word(protocols, "ipv4");
  p.ipv6 = has_word(protocols, "all") || has_word(protocols, "ipv6");
  p.reject_code = c.integer("reject_code");
  p.defer_code = c.integer("defer_code");
  p.access_map_reject_code = c.integer("access_map_reject_code");
  p.access_map_defer_code = c.integer("access_map_defer_code");
  p.relay_code = c.integer("relay_domains_reject_code");
  p.unknown_client_code = c.integer("unknown_client_reject_code");
  p.invalid_hostname_code = c.integer("invalid_hostname_reject_code");
  p.unknown_hostname_code = c.integer("unknown_hostname_reject_code");
  p.unknown_address_code = c.integer("unknown_address_reject_code");
  p.non_fqdn_code = c.integer("non_fqdn_reject_code");
  p.maps_rbl_code = c.integer("maps_rbl_reject_code");
  p.multi_recipient_bounce_code = c.integer("multi_recipient_bounce_reject_code");
  p.plaintext_code = c.integer("plaintext_reject_code");
  p.unknown_local_code = c.integer("unknown_local_recipient_reject_code");
  p.unknown_alias_code = c.integer("unknown_virtual_alias_reject_code");
  p.unknown_mailbox_code = c.integer("unknown_virtual_mailbox_reject_code");
  p.unknown_relay_code = c.integer("unknown_relay_recipient_reject_code");
  p.unverified_sender_code = c.integer("unverified_sender_reject_code");
  p.unverified_sender_defer_code = c.integer("unverified_sender_defer_code");
  p.unverified_recipient_code = c.integer("unverified_recipient_reject_code");
  p.unverified_recipient_defer_code = c.integer("unverified_recipient_defer_code");
  p.message_size_limit = c.integer("message_size_limit");
  p.recipient_limit = c.integer("smtpd_recipient_limit");
  p.dns_address_limit = 100;  // var_dns_rr_list_limit
  p.verify_sender_ttl =
      c.find("address_verify_sender_ttl") != nullptr ? c.seconds("address_verify_sender_ttl") : 0;
  p.unverified_sender_reason = c.text("unverified_sender_reject_reason");
  p.unverified_recipient_reason = c.text("unverified_recipient_reject_reason");
  p.hostname = c.text("myhostname");
  p.banner = c.text("smtpd_banner");
  p.null_access_key = c.text("smtpd_null_access_lookup_key");
  p.double_bounce_sender = c.text("double_bounce_sender");
  p.verify_sender = c.text("address_verify_sender");
  p.reject_footer = c.text("smtpd_reject_footer");
  p.default_rbl_reply = c.text("default_rbl_reply");
  p.expansion_filter = unescape(c.text("smtpd_expansion_filter"));
  p.policy_default_action = version() >= Version{3, 0, 0}
                                ? std::string(c.text("smtpd_policy_service_default_action"))
                                : "451 4.3.5 Server configuration problem";
  p.maps_rbl_domains = c.text("maps_rbl_domains");
  for (const std::string_view word : grammar::plain_words(c.text("smtpd_discard_ehlo_keywords")))
    p.discarded_ehlo.push_back(text::upper(word));
  const auto action = [&](std::string_view name) {
    const auto found = tempfail_action(c.text(name));
    if (!found && c.find(name) != nullptr)
      die_of(name, "bad configuration: " + std::string(name) + " = " + std::string(c.text(name)));
    return found.value_or(TempfailAction::defer_if_permit);
  };
  p.unknown_helo_action = action("unknown_helo_hostname_tempfail_action");
  p.unknown_address_action = action("unknown_address_tempfail_action");
  p.unverified_recipient_action = action("unverified_recipient_tempfail_action");
  p.unverified_sender_action = action("unverified_sender_tempfail_action");
}

/// Classes that each call the next one twice double the work with every step: already the scan at
/// the start of smtpd(8) has no end that anybody would live to see.
void Server::check_class_growth() {
  constexpr double most = 20000;
  std::size_t written = 0;
  for (const RestrictionList& list : lists_) written += list.words.size();
  for (const auto& [name, list] : classes_) written += list.words.size();
  WrittenOut all(*this);
  const auto grows = [&](const RestrictionList& list) {
    const double words = all.count(list);
    return words > most && words > 10 * static_cast<double>(written);
  };
  for (const auto& [name, list] : classes_)
    if (grows(list)) endless_classes_.insert(&list);  // some table may answer with it
  for (const RestrictionList& list : lists_)
    if (grows(list))
      return die_of(list.parameter, list.parameter + ": " + std::string(endless_class_text));
}

void Server::check_required() {
  const Gate recipient = scan_required(*this, list(ListName::recipient), 0);
  Gate relay = Gate::absent;
  const bool has_relay_list = version() >= Version{2, 10, 0};
  if (recipient == Gate::absent && has_relay_list)
    relay = scan_required(*this, list(ListName::relay), 0);
  if (recipient == Gate::endless || relay == Gate::endless)
    return die_of("smtpd_restriction_classes", "a restriction class refers to itself");
  if (recipient == Gate::present || relay == Gate::present) return;
  const std::string required =
      has_relay_list ? "reject_unauth_destination, defer_unauth_destination, reject, defer, "
                       "defer_if_permit or check_relay_domains"
                     : "check_relay_domains, reject_unauth_destination, reject, defer or "
                       "defer_if_permit";
  die_of(has_relay_list ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions",
         std::string("in parameter ") +
             (has_relay_list ? "smtpd_relay_restrictions or smtpd_recipient_restrictions"
                             : "smtpd_recipient_restrictions") +
             ", specify at least one working instance of: " + required);
}

/// TLS levels as pre_jail_init() of smtpd.c works them out.
void Server::check_tls() {
  Parameters& p = parameters_;
  const EffectiveConfig& c = *config_;
  p.tls_wrapper = c.boolean("smtpd_tls_wrappermode");
  p.tls_enforce = c.boolean("smtpd_enforce_tls");
  p.tls_use = c.boolean("smtpd_use_tls");
  const std::string_view level = c.text("smtpd_tls_security_level");
  if (!p.tls_wrapper && !level.empty()) {
    const std::string folded = casefold(level, false);
    const bool encrypt =
        folded == "encrypt" || folded == "secure" || folded == "verify" || folded == "fingerprint";
    if (!encrypt && folded != "may" && folded != "none") {
      die_of("smtpd_tls_security_level", "Invalid TLS level \"" + std::string(level) + '"');
    }
    p.tls_enforce = encrypt;
    p.tls_use = encrypt || folded == "may";
  }
  p.tls_enforce = p.tls_wrapper || p.tls_enforce;
  p.tls_auth_only = c.boolean("smtpd_tls_auth_only") || p.tls_enforce;
  p.tls_use = p.tls_use || p.tls_enforce;
}

}  // namespace postlint::smtpd
