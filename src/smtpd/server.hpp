#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/model/workspace.hpp"
#include "src/smtpd/keywords.hpp"
#include "src/smtpd/match_list.hpp"
#include "src/smtpd/resolve.hpp"
#include "src/smtpd/table_set.hpp"

namespace postlint::smtpd {

/// One word of a restriction list.
struct Word {
  std::string text;
  text::Range range;  // in the list's value
  Keyword keyword = Keyword::other;
};

/// A restriction list, a class, or a table result that is read as a list.
struct RestrictionList {
  std::string parameter;  // or the name of the class
  text::MappedView value;
  text::Span span;  // of words without a place of their own (table results)
  std::vector<Word> words;
  /// The table entry whose result this is; null for what the configuration holds.
  const LookupResult* entry = nullptr;

  /// Where the words [first, last] stand.
  [[nodiscard]] text::Span place(std::size_t first, std::size_t last) const;
};

/// Splits a value into words (mystrtokq(3) with CHARS_COMMA_SP and CHARS_BRACE).
std::vector<Word> split_restrictions(std::string_view value);

inline constexpr std::string_view endless_class_text =
    "restriction classes call each other so often that it comes to more than 20000 words";

/// The lists of smtpd(8).
enum class ListName : std::uint8_t {
  client,
  helo,
  sender,
  relay,
  recipient,
  etrn,
  data,
  end_of_data
};
inline constexpr std::size_t list_count = 8;
/// What a bare table stands for in a list; Keyword::other: nothing.
Keyword standard_check(ListName list);

/// check_policy_service: one endpoint with its attributes.
struct PolicyService {
  std::string endpoint;
  std::string default_action;
};

/// A table argument of check_ccert_access: which fingerprints are looked up, in order.
struct TableArgument {
  enum class Key : std::uint8_t { certificate, public_key, unsupported };
  std::string type_name;
  std::optional<std::vector<Key>> search_order;
};

/// What an action does when a lookup fails (..._tempfail_action).
enum class TempfailAction : std::uint8_t { defer, defer_if_permit };

/// Parameters of one smtpd(8) instance, as numbers and booleans.
struct Parameters {
  bool delay_reject, helo_required, strict_envelopes, allow_untrusted_routing, soft_bounce;
  bool reject_unlisted_recipient, reject_unlisted_sender, show_user_unknown_table;
  bool relay_before_recipient, peername_lookup, no_unknown_recipient_checks;
  bool sasl_enabled, broken_sasl_clients, tls_auth_only, tls_use, tls_enforce, tls_wrapper;
  bool tls_ask_certificate, tls_require_certificate;
  bool utf8, strict_utf8, utf8_lookups, disable_vrfy, proxy_filter;
  bool parent_style;  // smtpd_access_maps: a key matches sub-domains
  bool ipv4, ipv6;
  std::int64_t reject_code, defer_code, access_map_reject_code, access_map_defer_code;
  std::int64_t relay_code, unknown_client_code, invalid_hostname_code, unknown_hostname_code;
  std::int64_t unknown_address_code, non_fqdn_code, maps_rbl_code, multi_recipient_bounce_code;
  std::int64_t plaintext_code, unknown_local_code, unknown_alias_code, unknown_mailbox_code;
  std::int64_t unknown_relay_code, unverified_sender_code, unverified_sender_defer_code;
  std::int64_t unverified_recipient_code, unverified_recipient_defer_code;
  std::int64_t message_size_limit, recipient_limit, dns_address_limit;
  std::int64_t verify_sender_ttl;
  TempfailAction unknown_helo_action, unknown_address_action;
  TempfailAction unverified_sender_action, unverified_recipient_action;
  std::string unverified_sender_reason, unverified_recipient_reason;
  std::string hostname, banner, null_access_key, double_bounce_sender, verify_sender;
  std::string reject_footer, default_rbl_reply, expansion_filter, policy_default_action;
  std::string maps_rbl_domains, message_id_domain;
  std::vector<std::string> discarded_ehlo;  // upper case
};

/// One smtpd(8) service after its start: lists parsed, tables open, address classes ready. Built
/// once, asked many times; immutable.
class Server {
 public:
  /// `workspace` and `tables` outlive the server.
  /// `resolver`: of the same workspace and tables, where several servers share one.
  Server(const model::Workspace& workspace, const model::Service& service, const TableSet& tables,
         std::shared_ptr<const Resolver> resolver = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string name() const;  // "smtp/inet"
  /// The service in master.cf; no file: there is none.
  [[nodiscard]] text::Span entry_span() const;
  /// Why no other host can connect, by the service's own entry in master.cf; nothing: any can.
  [[nodiscard]] std::optional<std::string> unreachable() const;
  /// inet_interfaces names loopback interfaces alone.
  [[nodiscard]] bool on_loopback_alone() const;
  [[nodiscard]] const model::EffectiveConfig& config() const { return *config_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] database::Version version() const { return config_->version(); }
  [[nodiscard]] const RestrictionList& list(ListName name) const {
    return lists_[static_cast<std::size_t>(name)];
  }
  /// smtpd_relay_restrictions and smtpd_recipient_restrictions in the order of this release.
  [[nodiscard]] std::array<const RestrictionList*, 2> recipient_lists() const;
  /// Null: there is no such class. Names are case-sensitive.
  [[nodiscard]] const RestrictionList* restriction_class(std::string_view name) const;
  /// smtpd(8) would not come to the end of this class.
  [[nodiscard]] bool is_endless(const RestrictionList& restriction_class) const {
    return endless_classes_.contains(&restriction_class);
  }
  /// An access table by its word; null where it could not be read as a table.
  [[nodiscard]] const Maps* access_table(const std::string& type_name) const;
  [[nodiscard]] const TableArgument* table_argument(const std::string& word) const;
  [[nodiscard]] const PolicyService* policy_service(const std::string& word) const;

  /// Why the process dies at start or when the first client connects; empty: it starts.
  [[nodiscard]] const std::string& fatal() const { return fatal_; }
  /// Where the cause stands.
  [[nodiscard]] text::Span fatal_place() const { return fatal_place_; }

  /// The lists and maps of smtpd_check_init() and of main().
  struct Tables {
    MatchList mynetworks, relay_domains, mx_backup_networks;
    MatchList sasl_exceptions, verp_clients, xclient_hosts, xforward_hosts;
    Maps relay_certificates, local_recipients, sender_canonical, recipient_canonical, canonical;
    Maps virtual_aliases, virtual_mailboxes, relay_recipients, rbl_replies, sender_logins;
    Maps ehlo_discard, reject_filters, reject_footers, command_filter;
  };
  [[nodiscard]] const Tables& tables() const { return *tables_; }
  [[nodiscard]] const Resolver& resolver() const { return *resolver_; }
  [[nodiscard]] const LocalDomains& local_domains() const { return *local_; }
  [[nodiscard]] const RestrictionList& local_rewrite_clients() const {
    return local_rewrite_clients_;
  }
  /// The time-independent address that is always accepted; empty: there is none.
  [[nodiscard]] const std::string& verify_sender() const { return verify_sender_; }
  [[nodiscard]] const TableFlags& map_flags() const { return map_flags_; }
  /// A name in inet_interfaces that only the DNS can tell; the program dies where it cannot.
  [[nodiscard]] const std::string& unresolved_interface() const { return unresolved_interface_; }
  /// "lmdb:/etc/postfix/access" and such, read from their sources.
  [[nodiscard]] const std::vector<std::string>& optional_tables() const { return optional_tables_; }
  /// The host's name, where values take it from an /etc/mailname that is not here; empty: none do.
  [[nodiscard]] const std::string& assumed_mail_name() const { return assumed_mail_name_; }
  /// What unqualified addresses get; "/etc/mailname" where it stands in a file that is not here.
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  void read_parameters();
  void open_tables(const TableSet& tables);
  void read_lists(const TableSet& tables);
  RestrictionList parse(const TableSet& tables, std::string_view parameter, bool policies = true);
  void register_argument(const TableSet& tables, const RestrictionList& list, std::size_t index);
  void register_policy(const RestrictionList& list, std::size_t index);
  void read_classes(const TableSet& tables);
  void check_required();
  void check_class_growth();
  void check_entry(const model::Workspace& workspace);
  void check_values();
  void check_interfaces();
  void note_optional_tables(const model::Workspace& workspace);
  void note_mail_name(const model::Workspace& workspace);
  void check_tls();
  void die(std::string why, text::Span place = {});
  void die_of(std::string_view parameter, std::string why);

  const model::Service* service_;
  const model::EffectiveConfig* config_;
  Parameters parameters_{};
  TableFlags map_flags_;
  std::array<RestrictionList, list_count> lists_;
  RestrictionList local_rewrite_clients_;
  std::unordered_map<std::string, RestrictionList> classes_;
  std::unordered_set<const RestrictionList*> endless_classes_;
  std::unordered_map<std::string, std::unique_ptr<Maps>> access_tables_;
  std::unordered_map<std::string, TableArgument> arguments_;
  std::unordered_map<std::string, PolicyService> policies_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<LocalDomains> local_;
  std::shared_ptr<const Resolver> resolver_;
  std::string verify_sender_;
  std::string unresolved_interface_;
  std::string origin_;
  std::string assumed_mail_name_;
  std::vector<std::string> optional_tables_;
  std::string fatal_;
  text::Span fatal_place_;
};

}  // namespace postlint::smtpd
