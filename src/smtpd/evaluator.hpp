#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/choices.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"
#include "src/smtpd/world.hpp"

namespace postlint::smtpd {

/// What an item of a restriction list comes to (SMTPD_CHECK_*, and negative dictionary errors).
enum class Status : std::uint8_t { dunno, permit, reject, lookup_error };

/// A postponed decision: defer_if_permit or defer_if_reject. The first reason is kept.
struct Deferral {
  bool active = false;
  int code = 0;
  std::string dsn;
  std::string text;
  std::size_t step = 0;  // that raised it
};

/// An item that is treated as if it said nothing, to see what hinges on it.
struct Neutralised {
  const Word* word = nullptr;
  std::optional<TableHit> entry;
  bool address_class = false;  // the recipient is in none of the classes
};

/// What made a recipient an authorized destination.
struct AuthorizedBy {
  std::string parameter;  // "mydestination"
  MatchOutcome match;
  std::string domain;
};

/// The state of one SMTP session as far as access control sees it (SMTPD_STATE).
struct SessionState {
  Stage stage = Stage::connect;
  std::string address;
  std::optional<std::string> helo;
  std::optional<std::string> sender;
  std::optional<std::string> recipient;
  std::optional<TlsSession> tls;
  bool tls_active = false;
  bool sasl_active = false;
  std::optional<std::string> login;
  std::string sasl_method;
  bool smtputf8 = false;  // asked for in MAIL
  int recipient_count = 0;
  bool discard = false;
};

/// Thrown where smtpd(8) leaves a list by longjmp(3): the reply is formed already.
struct ListAbandoned {};
/// HANGUP: the connection ends without a reply.
struct Hangup {
  std::size_t step = 0;
};
/// The process dies while it evaluates.
struct ServerDies {
  std::string why;
};

/// The access control of smtpd_check.c: stages, lists, table results, postponed decisions. One
/// object plays one session; what it asks of the world is answered by one run's choices.
class Evaluator {
 public:
  Evaluator(const Server& server, const World& world, Choices& choices,
            const Neutralised* neutralised);

  /// The reply of a refusal, or nothing. Each corresponds to the smtpd_check_...() of its name.
  std::optional<std::string> check_client();
  std::optional<std::string> check_helo(const std::string& name);
  std::optional<std::string> check_mail(const std::string& sender);
  std::optional<std::string> check_recipient(const std::string& recipient);
  std::optional<std::string> check_data();
  std::optional<std::string> check_end_of_data();
  std::optional<std::string> check_size(std::int64_t size);
  /// A list, or a part of one, as RCPT comes to it, but without what other lists have done before.
  Status check_alone(ListName name, const RestrictionList& list);
  /// smtpd_check_rewrite(): 451, or nothing.
  std::optional<std::string> check_rewrite();
  /// Dies where a name in inet_interfaces has no address.
  void check_interfaces();
  /// smtpd_check_addr(): does the address resolve without a syntax error?
  bool valid_address(Subject subject, const std::string& sender, const std::string& address,
                     bool smtputf8);
  /// valid_verify_sender_addr(): the address that stands for the probe sender, if it is one.
  std::optional<std::string> verify_sender(const std::string& address) const;

  /// "name[address]", "unknown" where there is no verified name.
  const std::string& client_text();
  const std::string& client_name();
  const std::string& reverse_name();

  SessionState& state() { return state_; }
  std::vector<Step>& steps() { return steps_; }
  /// The step that formed the last refusal, and the last permit of each list.
  [[nodiscard]] std::optional<std::size_t> deciding_step() const { return deciding_; }
  /// Words and entries of the steps that permitted, in order, for neutralising.
  struct Permit {
    std::size_t step;
    const Word* word;
  };
  [[nodiscard]] const std::vector<Permit>& permits() const { return permits_; }
  void forget_permits() {
    permits_.clear();
    authorized_by_.reset();
  }
  [[nodiscard]] const std::optional<AuthorizedBy>& authorized_by() const { return authorized_by_; }
  [[nodiscard]] const Word* word_of(std::size_t step) const { return step_words_[step]; }
  void set_recipient_index(std::uint32_t index) { recipient_index_ = index; }
  /// A step of the session itself, outside the restriction lists.
  std::size_t add_step(std::string parameter, std::string item, Step::Result result,
                       std::string why);
  /// A refusal outside the restriction lists.
  void refuse_outside(std::string parameter, std::string item, std::string why,
                      const std::string& reply);
  /// DISCARD and such end with the transaction.
  void reset_transaction();

  template <class T>
  T ask(Answer<T> answer) {
    return choices_->pick(std::move(answer));
  }
  [[nodiscard]] const Server& server() const { return *server_; }
  [[nodiscard]] const World& world() const { return *world_; }

 private:
  /// Where evaluation is: what a refusal names, and what a bare table stands for.
  struct Context {
    std::string_view reply_name;
    std::string_view reply_class;
    Keyword default_check = Keyword::other;  // other: none
    std::string_view list;
  };
  /// One item under evaluation.
  struct Item {
    const RestrictionList* list;
    std::size_t index;  // of the keyword, moved on over its argument
    std::size_t step;
    const Word* word;
  };
  enum class Blame : std::uint8_t { policy, configuration };  // MAIL_ERROR_POLICY or not
  struct Found {
    bool found = false;
  };

  // Stages (evaluator.cpp).
  Context context_of(ListName name);
  Status run_list(const RestrictionList& list, const Context& context);
  std::optional<std::string> outcome(Status status) const;
  Status check_transaction(ListName name, std::string_view reply_name,
                           std::string_view reply_class);
  Status convert_deferral(Status status);
  void reset_checks();

  // Lists (evaluator_list.cpp).
  Status check_list(const RestrictionList& list, const Context& context);
  Status check_item(Item& item, const Context& context);
  Status check_generic(Item& item, Keyword keyword, const Context& context);
  Status check_client_item(Item& item, Keyword keyword, const Context& context);
  Status check_helo_item(Item& item, Keyword keyword, const Context& context);
  Status check_sender_item(Item& item, Keyword keyword, const Context& context);
  Status check_recipient_item(Item& item, Keyword keyword, const Context& context);
  Status check_class(Item& item, const Context& context);
  bool skip_item(Item& item, Keyword keyword);
  const std::string* take_argument(Item& item);
  const std::string& take_table(Item& item);
  void begin_step(const RestrictionList& list, std::size_t index, std::size_t& step);
  void finish_step(std::size_t step, const Item& item, Status status);
  Status permit();
  bool unknown_release(Keyword keyword, const std::string& word) const;

  // Refusals (evaluator_reply.cpp).
  Status refuse(Blame blame, std::int64_t code, std::string_view dsn, const std::string& text);
  Status refuse_as(const Context& context, Blame blame, std::int64_t code, std::string_view dsn,
                   std::string_view text);
  Status defer_if_permit(TempfailAction action, int code, std::string_view dsn, std::string text);
  void defer_if(Deferral& deferral, std::int64_t code, std::string_view dsn, std::string text);
  [[noreturn]] void lookup_failure(std::string_view name);
  [[noreturn]] void configuration_error(std::string why);
  void note(std::string why);

  // Access tables (evaluator_access.cpp).
  Status table_result(std::string_view table, const LookupResult& hit, std::string_view datum,
                      const Context& context);
  Status apply_action(std::string_view table, const LookupResult& hit, std::string_view datum,
                      const Context& context);
  Status list_result(const LookupResult& hit, const Context& context);
  bool delegated(std::string_view action);
  bool in_transaction(std::string_view action);
  const Maps* open_table(const std::string& table);
  std::optional<Status> access_hit(const LookupResult& hit, const std::string& table,
                                   std::string_view datum, const Context& context);
  Status key_access(const std::string& table, Subject subject, std::string_view key, bool& found,
                    const Context& context);
  Status domain_access(const std::string& table, Subject subject, std::string_view domain,
                       bool partial, bool& found, const Context& context);
  Status address_access(const std::string& table, Subject subject, std::string_view address,
                        bool partial, bool& found, const Context& context);
  Status name_address_access(const std::string& table, Subject subject, std::string_view name,
                             const Context& context);
  Status mail_access(const std::string& table, Subject subject, const std::string& address,
                     const Context& context);
  Status server_access(const std::string& table, std::string_view type, std::string_view name,
                       const Context& context);
  Status certificate_access(const std::string& word, const Context& context);
  void forbid_permit(Status status, std::string_view restriction, std::string_view target);
  void note_hit(const LookupResult& hit);
  void note_miss(const std::string& table, std::string_view what);

  // Keywords (evaluator_checks.cpp).
  Status permit_mynetworks();
  Status permit_certificates(bool all);
  Status permit_authorized_destination(const std::string& recipient);
  Status reject_unauthorized(const std::string& recipient, std::int64_t code, std::string_view dsn);
  Status check_relay_domains(const std::string& recipient);
  Status reject_bad_literal(const std::string& name);
  Status reject_bad_name(const std::string& name);
  Status reject_short_name(const std::string& name);
  Status reject_unknown_name(const std::string& name);
  Status reject_short_address(const std::string& address, std::string_view reply_class);
  Status reject_unknown_domain(Subject subject, const std::string& address,
                               std::string_view reply_class);
  Status reject_unverified(Subject subject, const std::string& address,
                           std::string_view reply_class);
  Status login_mismatch(const std::string& sender, bool allow_unknown);
  Status login_missing(const std::string& sender);
  Status unlisted_recipient(const std::string& recipient);
  Status unlisted_sender(const std::string& sender);
  Status unlisted(Subject subject, const std::string& other, const std::string& address,
                  std::string_view reply_class);
  bool listed_in(const Maps& maps, Subject subject, const std::string& address,
                 std::string_view reply_name);
  Status unlisted_in_class(const ResolvedAddress& resolved, Subject subject,
                           const std::string& address, std::string_view reply_class);
  const ResolvedAddress& resolve(Subject subject, const std::string& address);
  Status check_policy(Item& item, const Context& context);

  // DNS (evaluator_dns.cpp).
  Status permit_mx_backup(const std::string& recipient);
  enum class Listing : std::uint8_t { absent, soft, listed };
  struct DnsblResult {
    Listing listing = Listing::absent;
    std::string text;
  };
  DnsblResult query_list(const std::string& query, std::optional<std::string_view> filter);
  DnsblResult listed_address(std::string_view zone, std::string_view address);
  DnsblResult listed_domain(std::string_view zone, std::string_view what, bool& asked);
  Status dnsbl_reply(const DnsblResult& result, std::string_view zone, std::string_view what,
                     std::string_view reply_class);
  Status reject_listed_address(std::string_view zone);
  Status reject_listed_domain(std::string_view zone, const std::string& what,
                              std::string_view reply_class);
  Status permit_listed(std::string_view zone, const std::string& what, bool by_name);
  enum class Lookup : std::uint8_t { found, not_found, null_mx, retry };
  Lookup look_up(std::string_view name, std::string_view type, DnsAnswer* answer = nullptr);
  Lookup look_up_any(std::string_view name, const std::vector<std::string_view>& types,
                     bool null_mx_stops);
  std::vector<std::string> addresses_of(std::string_view host, Lookup& status);
  bool host_is_mine(const std::string& host, std::string_view reply_name);
  bool hosts_are_mine(const std::vector<std::string>& hosts, std::string_view reply_name);
  bool hosts_authorized(const std::vector<std::string>& hosts, std::string_view reply_name);
  std::string expand_template(std::string_view pattern, std::string_view zone,
                              std::string_view what, std::string_view reply_class,
                              std::string_view reason);

 public:
  /// smtpd_expand_lookup(): $name of reply templates.
  std::optional<std::string> session_attribute(std::string_view name);
  /// Expands the $names of a footer or reply template, filtered by smtpd_expansion_filter.
  std::string expand_attributes(std::string_view text);

 private:
  const Server* server_;
  const World* world_;
  Choices* choices_;
  const Neutralised* neutralised_;
  SessionState state_;
  std::vector<Step> steps_;
  std::vector<const Word*> step_words_;
  std::vector<Permit> permits_;
  std::optional<std::size_t> deciding_;
  std::uint32_t recipient_index_ = 0;
  std::optional<AuthorizedBy> authorized_by_;

  std::optional<PeerName> name_, reverse_;
  std::string client_text_;
  std::string error_text_;
  int recursion_ = 0;
  int class_depth_ = 0;
  int warn_if_reject_ = 0;
  std::size_t current_step_ = 0;
  Deferral defer_if_permit_, defer_if_reject_;
  bool deferred_by_client_ = false, deferred_by_helo_ = false, deferred_by_sender_ = false;
  bool sender_checked_ = false, recipient_checked_ = false;
  int policy_depth_ = 0;
};

}  // namespace postlint::smtpd
