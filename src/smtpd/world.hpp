#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/smtpd/choices.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/match_list.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/resolve.hpp"
#include "src/smtpd/table_set.hpp"

namespace postlint::smtpd {

/// What a question is about. An evaluator over symbolic requests forks on these.
enum class Subject : std::uint8_t {
  client_address,
  client_name,
  reverse_name,
  helo,
  sender,
  recipient,
  certificate,
  login,
  encryption,
  server_name,  // MX, NS or address of another subject's domain
  other
};

/// What address verification says (verify(8)).
enum class Verification : std::uint8_t { deliverable, undeliverable, deferred, in_progress };

/// All that the evaluator does not find in the configuration itself: the client, tables, the DNS,
/// other services. Its answers are values or sets of alternatives; given the answers, evaluation is
/// deterministic.
class World {
 public:
  virtual ~World() = default;
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The evaluator is about to decide by the request itself, without a question: by whether there
  /// is a name or an address at all, or (`syntax`) by its form and its records in the DNS.
  virtual void inspects(Subject subject, bool syntax) const {
    (void)subject;
    (void)syntax;
  }

  [[nodiscard]] virtual Answer<PeerName> client_name() const = 0;
  [[nodiscard]] virtual Answer<PeerName> reverse_name() const = 0;
  /// permit_inet_interfaces: is the client's address one of inet_interfaces?
  [[nodiscard]] virtual Answer<bool> client_is_own_address() const = 0;
  [[nodiscard]] virtual Answer<bool> is_own_address(std::string_view address) const = 0;

  /// The client in a name/address list.
  [[nodiscard]] virtual Answer<MatchOutcome> client_in(const MatchList& list, std::string_view name,
                                                       std::string_view address) const = 0;
  /// A string in a string or domain list.
  [[nodiscard]] virtual Answer<MatchOutcome> in_list(const MatchList& list, Subject subject,
                                                     std::string_view text) const = 0;

  /// One key in a table. `partial`: only in tables of fixed keys.
  [[nodiscard]] virtual Answer<LookupResult> lookup(const Maps& maps, Subject subject,
                                                    std::string_view key, bool partial) const = 0;
  /// mail_addr_find(3). `address`: resolved, internal form.
  [[nodiscard]] virtual Answer<LookupResult> find_address(
      const Maps& maps, Subject subject, std::string_view address,
      const AddressStrategy& strategy) const = 0;

  /// smtpd_resolve_addr(): rewritten, resolved, the recipient in lower case. `sender`: of the pair
  /// that is resolved, empty for the null sender.
  [[nodiscard]] virtual Answer<const ResolvedAddress*> resolve(Subject subject,
                                                               std::string_view sender,
                                                               std::string_view address) const = 0;
  [[nodiscard]] virtual Answer<MatchOutcome::Kind> is_local(std::string_view domain) const = 0;

  /// `type`: "A", "AAAA", "MX", "NS", "TXT".
  [[nodiscard]] virtual Answer<DnsAnswer> dns(std::string_view name,
                                              std::string_view type) const = 0;
  /// The action of a policy service; nothing: it does not answer.
  [[nodiscard]] virtual Answer<std::optional<std::string>> policy(
      std::string_view endpoint) const = 0;
  [[nodiscard]] virtual Answer<Verification> verify(Subject subject,
                                                    std::string_view address) const = 0;
};

/// Stand for a host name or address of which no more is known than that there is one.
inline constexpr std::string_view placeholder_name = "some-name.invalid";
inline constexpr std::string_view placeholder_address = "some-address.invalid";

class Server;

/// The world as request, facts and configuration tell it.
class FactsWorld : public World {
 public:
  FactsWorld(const Server& server, const Request& request, const Facts& facts);

  [[nodiscard]] Answer<PeerName> client_name() const override;
  [[nodiscard]] Answer<PeerName> reverse_name() const override;
  [[nodiscard]] Answer<bool> client_is_own_address() const override;
  [[nodiscard]] Answer<bool> is_own_address(std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome> client_in(const MatchList& list, std::string_view name,
                                               std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome> in_list(const MatchList& list, Subject subject,
                                             std::string_view text) const override;
  [[nodiscard]] Answer<LookupResult> lookup(const Maps& maps, Subject subject, std::string_view key,
                                            bool partial) const override;
  [[nodiscard]] Answer<LookupResult> find_address(const Maps& maps, Subject subject,
                                                  std::string_view address,
                                                  const AddressStrategy& strategy) const override;
  [[nodiscard]] Answer<const ResolvedAddress*> resolve(Subject subject, std::string_view sender,
                                                       std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome::Kind> is_local(std::string_view domain) const override;
  [[nodiscard]] Answer<DnsAnswer> dns(std::string_view name, std::string_view type) const override;
  [[nodiscard]] Answer<std::optional<std::string>> policy(std::string_view endpoint) const override;
  [[nodiscard]] Answer<Verification> verify(Subject subject,
                                            std::string_view address) const override;

 private:
  [[nodiscard]] std::optional<PeerName> name_from_dns() const;
  [[nodiscard]] Answer<MatchOutcome> with_unknown_host(const MatchList& list, MatchOutcome match,
                                                       const std::string& what) const;
  [[nodiscard]] std::vector<std::string> possible_values(const Maps& maps) const;
  [[nodiscard]] Answer<LookupResult> possible_answers(const Maps& maps, Subject subject,
                                                      const LookupResult& unknown) const;
  [[nodiscard]] bool only_presence_counts(const Maps& maps) const;
  [[nodiscard]] Answer<const ResolvedAddress*> possible_classes(std::string_view sender,
                                                                std::string_view address,
                                                                std::string fact) const;
  [[nodiscard]] Answer<const ResolvedAddress*> unknown_origin(const std::string& rewritten) const;
  static ResolvedAddress with_error_transport(ResolvedAddress resolved);
  static Answer<const ResolvedAddress*> without_error_transport(const ResolvedAddress& resolved);
  const ResolvedAddress* keep(ResolvedAddress resolved) const;
  [[nodiscard]] bool unknown_domains() const;

  const Server* server_;
  const Request* request_;
  const Facts* facts_;
  /// Possible answers of resolving an address whose class is not known.
  mutable std::deque<ResolvedAddress> possible_;
  mutable std::unordered_map<std::string, Answer<const ResolvedAddress*>> resolved_;
};

}  // namespace postlint::smtpd
