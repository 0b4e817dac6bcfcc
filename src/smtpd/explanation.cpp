#include "src/smtpd/explanation.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <type_traits>

#include "grammar/ast.hpp"
#include "grammar/network.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/reply_producers.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::string_view some_login = "someone";
constexpr std::string_view some_sender = "someone@stranger.example";
constexpr std::string_view some_recipient = "someone@elsewhere.example";
/// Addresses for documentation: of clients that nobody told.
constexpr std::array<std::string_view, 3> strangers{"198.51.100.23", "203.0.113.99",
                                                    "2001:db8:ffff::23"};

using grammar::slice;

std::optional<std::string> copy(std::string_view text, const std::optional<grammar::Range>& range) {
  if (!range) return std::nullopt;
  return std::string(slice(text, *range));
}

std::optional<Stage> logged_stage(std::string_view stage) {
  if (stage == "CONNECT") return Stage::connect;
  if (stage == "HELO" || stage == "EHLO") return Stage::helo;
  if (stage == "MAIL") return Stage::mail;
  if (stage == "RCPT") return Stage::rcpt;
  if (stage == "DATA" || stage == "BDAT") return Stage::data;
  if (stage == "END-OF-MESSAGE") return Stage::eod;
  return std::nullopt;
}

PeerName logged_name(std::string_view name) {
  if (name.empty()) return {};
  if (name == "unknown") return {PeerName::Status::none, {}};
  return {PeerName::Status::known, std::string(name)};
}

/// What stands between two texts.
std::optional<std::string> between(std::string_view text, std::string_view a, std::string_view b) {
  const std::size_t start = text.find(a);
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(b, start + a.size());
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(start + a.size(), end - start - a.size()));
}

/// "name[address]"
void read_client(Refusal& refusal, const std::string& text) {
  const auto address = between(text, "[", "]");
  if (!address || !grammar::parse_address(*address)) return;
  refusal.client = *address;
  refusal.client_name = logged_name(std::string_view(text).substr(0, text.find('[')));
}

/// A bare reply names one thing: what, the words behind it tell.
void read_subject(Refusal& refusal) {
  const std::string& text = refusal.text;
  if (!text.starts_with('<')) {
    if (const auto address = between(text, "[", "]"); address && grammar::parse_address(*address))
      refusal.client = *address;
    return;
  }
  const std::size_t end = text.find(">: ");
  if (end == std::string::npos) return;
  const std::string subject = text.substr(1, end - 1);
  const std::string_view words = std::string_view(text).substr(end + 3);
  // What the words say counts before the form of the subject.
  if (words.starts_with("Client host rejected") || words.starts_with("Unverified Client host"))
    read_client(refusal, subject);  // NOLINT(bugprone-branch-clone)
  else if (words.starts_with("Helo command"))
    refusal.helo = subject;
  else if (words.starts_with("Sender address"))
    refusal.from = subject;
  else if (words.starts_with("Recipient address") || words.starts_with("Relay access"))
    refusal.to = subject;
  else if (subject.ends_with(']'))
    read_client(refusal, subject);
  else if (subject.find('@') != std::string::npos)
    refusal.address = subject;
}

/// The login that the text of a refusal names.
std::optional<std::string> named_login(const std::string& text) {
  constexpr std::string_view owned = "not owned by user ";
  if (const std::size_t at = text.find(owned); at != std::string::npos)
    return text.substr(at + owned.size());
  if (text.find(">: SASL login name rejected") != std::string::npos)
    return between(text, "<", ">: SASL login name rejected");
  return std::nullopt;
}

/// "554 5.7.1 Service unavailable; Client host [...] blocked using ZONE" without the reason behind
/// it, which the DNS gives.
std::optional<std::string> listing(const std::string& reply) {
  constexpr std::string_view words = " blocked using ";
  const std::size_t at = reply.find(words);
  if (at == std::string::npos) return std::nullopt;
  return reply.substr(0, reply.find_first_of("; ", at + words.size()));
}

/// What the text of a refusal may leave open.
namespace untold {
constexpr unsigned name_status = 1;
constexpr unsigned reverse_name = 2;
constexpr unsigned login = 4;
constexpr unsigned encryption = 8;
constexpr unsigned owner = 16;  // of Refusal::address; always looked at
}  // namespace untold

/// A request with what its variant assumes.
struct Variant {
  Request request;
  std::vector<std::string> assumes;
  unsigned differs = 0;  // untold: in what from the request as it was told
};

/// Is it the reply to a look-up that fails, or to a table that cannot be used?
bool tells_of_failure(const std::string& text) {
  return text.find("Temporary lookup failure") != std::string::npos ||
         text.find("Server configuration error") != std::string::npos;
}

/// Notes which of the things that were not told the evaluator looks at. `failing`: what cannot be
/// read here may be missing on the server, too.
class WatchingWorld : public FactsWorld {
 public:
  WatchingWorld(const Server& server, const Request& request, const Facts& facts, bool failing)
      : FactsWorld(server, request, facts), failing_(failing) {}

  void inspects(Subject subject, bool) const override {
    if (subject == Subject::client_name) seen_ |= untold::name_status;
    if (subject == Subject::login) seen_ |= untold::login;
    if (subject == Subject::encryption) seen_ |= untold::encryption;
  }
  [[nodiscard]] Answer<PeerName> reverse_name() const override {
    seen_ |= untold::reverse_name;
    return FactsWorld::reverse_name();
  }
  [[nodiscard]] Answer<MatchOutcome> client_in(const MatchList& list, std::string_view name,
                                               std::string_view address) const override {
    return or_fails(FactsWorld::client_in(list, name, address), failed_match);
  }
  [[nodiscard]] Answer<MatchOutcome> in_list(const MatchList& list, Subject subject,
                                             std::string_view text) const override {
    return or_fails(FactsWorld::in_list(list, subject, text), failed_match);
  }
  [[nodiscard]] Answer<LookupResult> lookup(const Maps& maps, Subject subject, std::string_view key,
                                            bool partial) const override {
    return or_fails(FactsWorld::lookup(maps, subject, key, partial), failed_lookup);
  }
  [[nodiscard]] Answer<LookupResult> find_address(const Maps& maps, Subject subject,
                                                  std::string_view address,
                                                  const AddressStrategy& strategy) const override {
    return or_fails(FactsWorld::find_address(maps, subject, address, strategy), failed_lookup);
  }
  [[nodiscard]] Answer<const ResolvedAddress*> resolve(Subject subject, std::string_view sender,
                                                       std::string_view address) const override {
    Answer<const ResolvedAddress*> answer = FactsWorld::resolve(subject, sender, address);
    const std::string fact = answer.fact;
    return or_fails(std::move(answer), [&](const ResolvedAddress* resolved) {
      return failed_address(*resolved, fact);
    });
  }
  [[nodiscard]] unsigned seen() const { return seen_; }
  /// The assumption of a run that something cannot be read; empty: it makes none.
  [[nodiscard]] std::string failing(const std::vector<std::string>& assumes) const {
    const auto found =
        std::find_first_of(assumes.begin(), assumes.end(), denied_.begin(), denied_.end());
    return found == assumes.end() ? std::string() : *found;
  }

 private:
  static MatchOutcome failed_match(MatchOutcome outcome) {
    outcome.kind = MatchOutcome::Kind::error;
    outcome.reason += " cannot be read";
    return outcome;
  }
  static LookupResult failed_lookup(LookupResult result) {
    result.kind = LookupResult::Kind::error;
    result.reason = (result.table.empty() ? "it" : result.table) + " is missing, or cannot be read";
    return result;
  }
  const ResolvedAddress* failed_address(const ResolvedAddress& resolved,
                                        const std::string& fact) const {
    ResolvedAddress& failed = failed_.emplace_back(resolved);
    failed.status = ResolvedAddress::Status::failure;
    failed.reason = "it hinges on " + (resolved.transport_known ? fact : resolved.transport_reason);
    return &failed;
  }

  /// Of the answers that an unread table may give the one is enough that lets the lists go on.
  template <class T, class Failed>
  Answer<T> or_fails(Answer<T> answer, const Failed& failed) const {
    if (!failing_ || answer.premise.empty()) return answer;
    if constexpr (std::is_same_v<T, LookupResult>) answer.alternatives.resize(1);
    if (answer.alternatives.size() == 1) answer.alternatives[0].assumption = answer.premise;
    if (answer.fact.empty()) answer.fact = answer.premise;
    std::string assumption = denied(answer.premise);
    denied_.insert(assumption);
    answer.alternatives.push_back({failed(answer.alternatives[0].value), std::move(assumption)});
    answer.premise.clear();
    return answer;
  }

  static std::string denied(const std::string& premise) {
    constexpr std::string_view claim = " can be ";
    const std::size_t at = premise.rfind(claim);
    if (at == std::string::npos) return "a table that resolves the address cannot be searched";
    return premise.substr(0, at) + " cannot be " + premise.substr(at + claim.size());
  }

  bool failing_;
  mutable unsigned seen_ = untold::owner;
  mutable std::deque<ResolvedAddress> failed_;
  mutable std::set<std::string> denied_;
};

/// Every request that the refusal may tell of, those that assume least first.
class Variants {
 public:
  Variants(const Server& server, const Refusal& refusal) : server_(server), refusal_(refusal) {
    Variant start;
    Request& request = start.request;
    request.service = server.name();
    request.until = refusal.stage;
    request.helo = refusal.helo;
    request.ehlo = refusal.ehlo;
    request.from = refusal.from.value_or(std::string());
    if (refusal.to) request.to.push_back(*refusal.to);
    request.sasl = refusal.sasl;
    all_.push_back(std::move(start));
    if (!refusal.logged) untold();
    clients();
    logins();
    encryption();
    std::stable_sort(all_.begin(), all_.end(), [](const Variant& a, const Variant& b) {
      return a.assumes.size() < b.assumes.size();
    });
  }

  [[nodiscard]] const std::vector<Variant>& all() const { return all_; }

 private:
  template <class Change>
  void add(unsigned what, const std::string& assumption, const Change& change) {
    const std::size_t count = all_.size();
    for (std::size_t i = 0; i < count; ++i) {
      Variant variant = all_[i];
      change(variant.request);
      variant.differs |= what;
      variant.assumes.push_back(assumption);
      all_.push_back(std::move(variant));
    }
  }

  /// What a bare reply leaves out.
  void untold() {
    Request& request = all_.front().request;
    if (!refusal_.helo) request.helo = "mail.stranger.example";
    if (!refusal_.from) request.from = some_sender;
    if (!refusal_.to) request.to.assign(1, refusal_.address.value_or(std::string(some_recipient)));
    if (!refusal_.address) return;
    const std::string& address = *refusal_.address;
    add(untold::owner, address + " is the sender", [&](Request& other) {
      other.from = address;
      other.to.assign(1, std::string(some_recipient));
    });
  }

  void clients() {
    if (!refusal_.client.empty()) return known_client();
    const std::vector<Variant> before = std::move(all_);
    all_.clear();
    for (const std::string_view address : strangers) {
      for (Variant variant : before) {
        variant.request.client = address;
        variant.request.client_name.status = PeerName::Status::none;
        variant.assumes.push_back("the client is a stranger such as " + std::string(address));
        all_.push_back(std::move(variant));
      }
    }
  }

  void known_client() {
    for (Variant& variant : all_) {
      variant.request.client = refusal_.client;
      variant.request.client_name = refusal_.client_name;
    }
    if (refusal_.client_name.status != PeerName::Status::none) return;
    const std::vector<Variant> none = all_;
    add(untold::reverse_name, "the client has a PTR record whose name does not lead back to it",
        [](Request& request) {
          request.reverse_name = {PeerName::Status::known, "ptr.stranger.example"};
        });
    for (Variant variant : none) {
      variant.request.client_name.status = PeerName::Status::tempfail;
      variant.request.reverse_name.status = PeerName::Status::tempfail;
      variant.assumes.emplace_back("the look-up of the client's name fails for a while");
      variant.differs |= untold::name_status | untold::reverse_name;
      all_.push_back(std::move(variant));
    }
  }

  /// Owners of the sender address: who may have logged in.
  void owners(std::vector<std::string>& logins) const {
    if (!refusal_.from || refusal_.from->empty()) return;
    const LookupResult found = find_address(server_.tables().sender_logins, *refusal_.from,
                                            server_.local_domains(), server_.config());
    if (!found.found()) return;
    std::string word;
    for (const char c : found.value + ' ') {
      if (c != ',' && c != ' ' && c != '\t') {
        word += c;
      } else if (!word.empty()) {
        logins.push_back(std::move(word));
        word.clear();
      }
    }
  }

  void logins() {
    if (refusal_.sasl || !server_.parameters().sasl_enabled || refusal_.stage < Stage::mail) return;
    std::vector<std::string> logins;
    if (const auto named = named_login(refusal_.text)) logins.push_back(*named);
    owners(logins);
    logins.emplace_back(some_login);
    const std::vector<Variant> before = all_;
    for (const std::string& login : logins) {
      for (Variant variant : before) {
        variant.request.sasl = login;
        variant.assumes.push_back("the client is logged in as \"" + login + "\"");
        variant.differs |= untold::login;
        all_.push_back(std::move(variant));
      }
    }
  }

  void encryption() {
    if (!server_.parameters().tls_use || refusal_.stage < Stage::mail) return;
    add(untold::encryption, "the session is encrypted (STARTTLS)",
        [](Request& request) { request.tls.emplace(); });
  }

  const Server& server_;
  const Refusal& refusal_;
  std::vector<Variant> all_;
};

bool same_place(const Decision& a, const Decision& b) {
  return a.list == b.list && a.restriction == b.restriction && a.span == b.span &&
         a.table.has_value() == b.table.has_value() &&
         (!a.table || (a.table->span == b.table->span && a.table->table == b.table->table));
}

bool is_permit(const std::string& restriction) {
  switch (find_keyword(std::string_view(restriction).substr(0, restriction.find(' ')))) {
    case Keyword::permit_mynetworks:
    case Keyword::permit_sasl_authenticated:
    case Keyword::permit_tls_clientcerts:
    case Keyword::permit_tls_all_clientcerts:
    case Keyword::permit_inet_interfaces:
    case Keyword::permit_auth_destination:
    case Keyword::permit_mx_backup:
    case Keyword::permit_dnswl_client:
    case Keyword::permit_rhswl_client:
      return true;
    default:
      return false;
  }
}

/// A variant that was played, and what the server looked at.
struct Played {
  const Variant* variant;
  unsigned seen;
};

/// Is a variant answered as one that was played: do they differ only in what the server did not
/// look at?
bool answered_alike(const Variant& variant, const Played& played) {
  const unsigned more = variant.differs & ~played.variant->differs;
  const unsigned less = played.variant->differs & ~variant.differs;
  if (less != 0 || (more & played.seen) != 0) return false;
  const Request& a = variant.request;
  const Request& b = played.variant->request;
  return a.client == b.client && ((more & untold::login) != 0 || a.sasl == b.sasl) &&
         ((more & (untold::reverse_name | untold::name_status)) != 0 ||
          (a.client_name.status == b.client_name.status &&
           a.reverse_name.status == b.reverse_name.status));
}

/// Finds the causes on one service.
class CauseSearch {
 public:
  CauseSearch(const Server& server, const Refusal& refusal, const Facts& facts, Explanation& result)
      : server_(server),
        refusal_(refusal),
        facts_(facts),
        failing_(tells_of_failure(refusal.text)),
        result_(result) {}

  void run() {
    const Variants variants(server_, refusal_);
    std::vector<Played> played;
    for (const Variant& variant : variants.all()) {
      const bool known = std::any_of(played.begin(), played.end(), [&](const Played& other) {
        return answered_alike(variant, other);
      });
      if (!known) played.push_back({&variant, play(variant)});
    }
    if (found_) return;
    for (Decision& decision : reply_producers(server_, refusal_.text)) {
      Cause cause = base(variants.all().front().request);
      cause.decision = std::move(decision);
      cause.reply = refusal_.reply;
      result_.possible.push_back(std::move(cause));
    }
  }

 private:
  /// Returns what of the untold the server looked at.
  unsigned play(const Variant& variant) {
    const WatchingWorld world(server_, variant.request, facts_, failing_);
    each_run(server_, variant.request, world, [&](const Trace& trace) {
      for (std::size_t i = 0; i < trace.steps.size(); ++i)
        if (forms_reply(trace.steps[i], trace)) step(variant, trace, i, world);
    });
    return world.seen();
  }

  [[nodiscard]] Cause base(const Request& request) const {
    Cause cause;
    cause.service = server_.name();
    cause.service_span = server_.entry_span();
    cause.named = !refusal_.syslog_name.empty() &&
                  server_.config().text("syslog_name") == refusal_.syslog_name;
    cause.request = request;
    return cause;
  }

  /// A deferral that waits for the end of the lists (DEFER_IF_PERMIT) is sent at a later stage than
  /// that of its item.
  [[nodiscard]] bool forms_reply(const Step& step, const Trace& trace) const {
    if (step.reply.empty() || (step.result == Step::Result::warn) != refusal_.warning) return false;
    return step.stage == refusal_.stage ||
           (step.stage < refusal_.stage && trace.stage == refusal_.stage &&
            trace.reply == step.reply);
  }

  [[nodiscard]] bool exact(const std::string& reply) const {
    if (refusal_.code == 0) return reply_text(reply) == refusal_.text;
    return reply == refusal_.reply || (listing(reply) && listing(reply) == listing(refusal_.reply));
  }

  void step(const Variant& variant, const Trace& trace, std::size_t index,
            const WatchingWorld& world) {
    const Step& step = trace.steps[index];
    const bool same = exact(step.reply);
    if (!same && reply_text(step.reply) != refusal_.text) return;
    Cause cause = base(variant.request);
    cause.decision = {server_.name(), step.list, step.restriction, step.span, {}, step.table};
    if (trace.decided_by && trace.decided_by->span == step.span &&
        trace.decided_by->list == step.list)
      cause.decision.origin = trace.decided_by->origin;
    else
      cause.decision.origin = origin_text(server_, step.list);
    cause.why = step.why;
    cause.reply = step.reply;
    cause.assumes = variant.assumes;
    cause.assumes.insert(cause.assumes.end(), trace.assumes.begin(), trace.assumes.end());
    cause.failing = world.failing(trace.assumes);
    for (std::size_t i = 0; i < index; ++i)
      if (trace.steps[i].list == step.list && trace.steps[i].result == Step::Result::dunno &&
          is_permit(trace.steps[i].restriction))
        cause.passed.push_back(trace.steps[i]);
    add(std::move(cause), same, variant);
  }

  /// Of several variants that lead to the same place the one that assumes least; of its runs, what
  /// all of them assume.
  void add(Cause cause, bool same, const Variant& variant) {
    found_ = true;
    std::vector<Cause>& causes = same ? result_.causes : result_.alike;
    const auto known = std::find_if(causes.begin(), causes.end(), [&](const Cause& other) {
      // One item may fail for one table or another.
      return other.service == cause.service && same_place(other.decision, cause.decision) &&
             (!failing_ || other.why == cause.why);
    });
    if (known == causes.end()) {
      found_by_[{same, causes.size()}] = &variant;
      causes.push_back(std::move(cause));
      return;
    }
    const Variant*& by = found_by_[{same, static_cast<std::size_t>(known - causes.begin())}];
    if (by == &variant) {
      std::erase_if(known->assumes, [&](const std::string& text) {
        return std::find(cause.assumes.begin(), cause.assumes.end(), text) == cause.assumes.end();
      });
    } else if (cause.assumes.size() < known->assumes.size()) {
      *known = std::move(cause);
      by = &variant;
    }
  }

  const Server& server_;
  const Refusal& refusal_;
  const Facts& facts_;
  bool failing_;
  Explanation& result_;
  std::map<std::pair<bool, std::size_t>, const Variant*> found_by_;  // in causes (true) or alike
  bool found_ = false;
};

void rank(std::vector<Cause>& causes) {
  std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) {
    if (a.named != b.named) return a.named;
    return a.assumes.size() < b.assumes.size();
  });
}

/// The services that log under this name; all where none does, or none is told.
std::vector<const Server*> named_servers(const std::vector<const Server*>& servers,
                                         const std::string& name) {
  std::vector<const Server*> named;
  for (const Server* server : servers)
    if (!name.empty() && server->config().text("syslog_name") == name) named.push_back(server);
  return named.empty() ? servers : named;
}

}  // namespace

std::optional<Refusal> refusal_of(std::string_view text, const grammar::LogLine& line) {
  using Kind = grammar::LogLine::Kind;
  if (line.kind != Kind::session && line.kind != Kind::reply) return std::nullopt;
  Refusal refusal;
  refusal.syslog_name = slice(text, line.syslog_name);
  refusal.reply = slice(text, line.reply);
  refusal.code = line.code;
  refusal.text = slice(text, line.text);
  if (line.kind == Kind::reply) {
    read_subject(refusal);
    return refusal;
  }
  const std::string_view action = slice(text, line.action);
  const auto stage = logged_stage(slice(text, line.stage));
  const std::string_view daemon = slice(text, line.daemon);
  if (!stage || (action != "reject" && action != "reject_warning")) return std::nullopt;
  if (daemon == "postscreen" || daemon == "cleanup" || line.client_name.empty())
    return std::nullopt;
  refusal.logged = true;
  refusal.warning = action == "reject_warning";
  refusal.stage = *stage;
  refusal.client = slice(text, line.client);
  refusal.client_name = logged_name(slice(text, line.client_name));
  refusal.ehlo =
      *stage == Stage::helo ? slice(text, line.stage) == "EHLO" : slice(text, line.proto) != "SMTP";
  refusal.helo = copy(text, line.helo);
  refusal.from = copy(text, line.from);
  refusal.to = copy(text, line.to);
  if (!line.sasl_username.empty()) refusal.sasl = slice(text, line.sasl_username);
  return refusal;
}

Explanation explain(const std::vector<const Server*>& servers, const Refusal& refusal,
                    const Facts& facts) {
  Explanation result;
  for (const Server* server : named_servers(servers, refusal.syslog_name))
    if (server->fatal().empty()) CauseSearch(*server, refusal, facts, result).run();
  rank(result.causes);
  rank(result.alike);
  return result;
}

}  // namespace postlint::smtpd
