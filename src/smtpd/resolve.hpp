#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/model/effective_config.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/match_list.hpp"
#include "src/smtpd/table_set.hpp"

namespace postlint::smtpd {

/// The domain classes of ADDRESS_CLASS_README.
enum class AddressClass : std::uint8_t {
  local,
  virtual_alias,
  virtual_mailbox,
  relay,
  default_  // all other destinations
};

/// Is a domain local? resolve_local(3): mydestination, inet_interfaces, proxy_interfaces.
struct LocalOutcome {
  MatchOutcome::Kind kind = MatchOutcome::Kind::no_match;
  /// The list that decided, if one did; by_interface: an own address as a literal.
  MatchOutcome list;
  bool by_interface = false;
  std::string reason;
};

/// resolve_local(3) for any process: the caller's own mydestination and interfaces.
class LocalDomains {
 public:
  LocalDomains(const TableSet& tables, const model::EffectiveConfig& config);
  [[nodiscard]] LocalOutcome match(std::string_view domain) const;
  /// own_inet_addr(3), proxy_inet_addr(3): is this (valid) address one of the host's own, or of
  /// its proxies? match, no_match or unknown.
  [[nodiscard]] MatchOutcome::Kind is_own_address(std::string_view address) const;
  [[nodiscard]] const MatchList& mydestination() const { return mydestination_; }
  /// The addresses known of inet_interfaces.
  [[nodiscard]] const std::vector<std::string>& own_addresses() const { return own_; }
  /// False: there may be others (the host is not known, or a name is to be looked up).
  [[nodiscard]] bool own_addresses_complete() const { return own_complete_; }
  [[nodiscard]] const std::vector<std::string>& proxy_addresses() const { return proxy_; }

 private:
  void read_interfaces(const model::EffectiveConfig& config);

  MatchList mydestination_;
  std::vector<std::string> own_;
  std::vector<std::string> proxy_;
  bool own_complete_ = true;
  bool proxy_complete_ = true;
};

/// What trivial-rewrite(8) answers to a resolve request (resolve.c).
struct ResolvedAddress {
  enum class Status : std::uint8_t {
    ok,
    syntax_error,  // RESOLVE_FLAG_ERROR: 501 Bad recipient address syntax
    failure,       // RESOLVE_FLAG_FAIL: 451 Temporary lookup failure
    unknown        // hinges on what is not known offline: see reason
  };
  Status status = Status::ok;
  AddressClass address_class = AddressClass::default_;
  std::string recipient;  // internal form
  std::string transport;
  std::string nexthop;
  bool routed = false;  // RESOLVE_FLAG_ROUTED: the local part holds @, ! or %
  std::string reason;   // of failure (as logged) and unknown
  /// False: a transport table hinges on what is not known offline. The class stands; transport and
  /// nexthop are those without that table.
  bool transport_known = true;
  std::string transport_reason;

  /// What decided the class: the parameter, and its pattern. Empty for default, and for literals.
  std::string class_parameter;
  MatchOutcome class_match;
  /// The transport_maps or relocated_maps entry that gave transport and nexthop, where one did.
  LookupResult transport_entry;
  /// The lists that were asked, in order, for those who explain.
  std::vector<std::pair<std::string, MatchOutcome>> steps;
};

/// What the service that rewrites and resolves addresses sees: main.cf, and the -o of its own
/// master.cf entry. Those of smtpd(8) services do not count for it.
const model::EffectiveConfig& rewrite_config(const model::Workspace& workspace);

/// trivial-rewrite(8) as one configuration has it: rewriting, address classes, transports.
class Resolver {
 public:
  /// `config`: that of the rewrite service. Both outlive the object.
  Resolver(const TableSet& tables, const model::EffectiveConfig& config);
  ~Resolver();
  Resolver(Resolver&&) noexcept;

  /// smtpd_resolve_addr() of smtpd_resolve.c: both addresses (internal form) are rewritten in the
  /// local context, the second is resolved, and the resulting recipient is case-folded. `sender`
  /// empty: the null sender. Results are kept.
  [[nodiscard]] const ResolvedAddress& resolve(std::string_view sender,
                                               std::string_view address) const;
  /// smtpd_check_addr(): is the address (internal form) free of syntax errors? The empty address
  /// is. `smtputf8`: the client asked for SMTPUTF8. Status::ok or syntax_error.
  [[nodiscard]] ResolvedAddress::Status check_syntax(std::string_view sender,
                                                     std::string_view address, bool smtputf8) const;
  /// The same, where lists that are not known decide: as if they put the domain into this class.
  /// The result has another class where they cannot. Results are kept.
  [[nodiscard]] const ResolvedAddress& resolve_in_class(std::string_view sender,
                                                        std::string_view address,
                                                        AddressClass address_class) const;
  /// Drops the results that were kept, and with them every reference to one.
  void forget() const;
  /// Can the sender make a difference? Only tables by sender look at it.
  [[nodiscard]] bool depends_on_sender() const;
  /// rewrite_clnt_internal(3) in the local context.
  [[nodiscard]] std::string rewrite(std::string_view internal) const;

  [[nodiscard]] LocalOutcome is_local(std::string_view domain) const;

  /// The program cannot start, or dies: then every reply waits for ever.
  [[nodiscard]] std::optional<std::string> fatal() const;

  /// The lists, for symbolic evaluation; null where the parameter is empty.
  [[nodiscard]] const MatchList& mydestination() const;
  [[nodiscard]] const MatchList* virtual_alias_domains() const;
  [[nodiscard]] const MatchList* virtual_mailbox_domains() const;
  [[nodiscard]] const MatchList* relay_domains() const;

  struct State;

 private:
  [[nodiscard]] const ResolvedAddress& kept(std::string_view sender, std::string_view address,
                                            std::optional<AddressClass> unknown_class) const;

  std::unique_ptr<State> state_;
};

/// The MA_FIND_* keys of mail_addr_find(3), in the order in which they are tried.
struct AddressStrategy {
  bool full = true;
  bool no_extension = true;
  bool local_part_if_local = true;      // user, where the domain is local or $myorigin
  bool local_part_at_if_local = false;  // user@
  bool at_domain = true;                // @domain
  bool domain = false;                  // domain
  bool parent_domains = false;          // and its parents: "parent"
  bool dot_parent_domains = false;      // ".parent"
  bool local_part_at = false;           // user@, any domain
};
/// The default of *_maps of addresses.
inline constexpr AddressStrategy default_strategy{};

/// mail_addr_find(3): the first key with an answer; internal form in, query in external form first,
/// then internal (MA_FORM_EXTERNAL_FIRST). `tried`: filled with every key asked, if given.
/// `config`: of the process that asks (recipient_delimiter, myorigin).
LookupResult find_address(const Maps& maps, std::string_view address, const LocalDomains& local,
                          const model::EffectiveConfig& config,
                          AddressStrategy strategy = default_strategy,
                          std::vector<std::string>* tried = nullptr);

}  // namespace postlint::smtpd
