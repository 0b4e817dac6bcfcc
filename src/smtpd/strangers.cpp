#include "src/smtpd/strangers.hpp"

#include <algorithm>
#include <utility>

#include "grammar/network.hpp"
#include "grammar/restriction_list.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/relay_parties.hpp"

namespace postlint::smtpd {
namespace {

/// Is it all addresses, a public one, or a name that may have one?
bool is_public(std::string_view host) {
  if (host == "localhost" || host == "loopback-only") return false;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0" || host == "::") return true;
  const auto address = grammar::parse_address(host);
  return !address || globally_routable(*address);
}

/// What holds for all of them holds for everybody.
constexpr std::string_view strangers_v4[] = {"8.8.8.8",     "57.1.2.3",   "93.184.216.34",
                                             "141.76.40.2", "198.41.0.4", "212.227.15.9"};
constexpr std::string_view strangers_v6[] = {"2001:4860:4860::8888", "2600:1406::17", "2a01:4f8::2",
                                             "2c0f:fb50::1"};

constexpr std::string_view user = "someone@hosted.example";

/// Nothing that is unknown speaks for the stranger, or against him, and `user` is one of this host.
class OrdinaryWorld : public FactsWorld {
 public:
  OrdinaryWorld(const Server& server, const Request& request, const Facts& facts)
      : FactsWorld(server, request, facts), server_(&server) {}

  [[nodiscard]] const std::vector<std::string>& assumed() const { return assumed_; }

  [[nodiscard]] Answer<bool> client_is_own_address() const override {
    return first(FactsWorld::client_is_own_address());
  }
  [[nodiscard]] Answer<bool> is_own_address(std::string_view address) const override {
    return first(FactsWorld::is_own_address(address));
  }
  [[nodiscard]] Answer<MatchOutcome> client_in(const MatchList& list, std::string_view name,
                                               std::string_view address) const override {
    return first(FactsWorld::client_in(list, name, address));
  }
  [[nodiscard]] Answer<MatchOutcome> in_list(const MatchList& list, Subject subject,
                                             std::string_view text) const override {
    return first(FactsWorld::in_list(list, subject, text));
  }
  [[nodiscard]] Answer<LookupResult> lookup(const Maps& maps, Subject subject, std::string_view key,
                                            bool partial) const override {
    return noted_for(maps, FactsWorld::lookup(maps, subject, key, partial));
  }
  [[nodiscard]] Answer<LookupResult> find_address(const Maps& maps, Subject subject,
                                                  std::string_view address,
                                                  const AddressStrategy& strategy) const override {
    if (address == user && &maps == &server_->tables().local_recipients) {
      LookupResult found;
      found.kind = LookupResult::Kind::found;
      found.value = "x";
      return Answer<LookupResult>::known(std::move(found));
    }
    return noted_for(maps, FactsWorld::find_address(maps, subject, address, strategy));
  }
  [[nodiscard]] Answer<const ResolvedAddress*> resolve(Subject subject, std::string_view sender,
                                                       std::string_view address) const override {
    Answer<const ResolvedAddress*> answer = first(FactsWorld::resolve(subject, sender, address));
    const bool fails =
        answer.alternatives.front().value->status == ResolvedAddress::Status::failure;
    if (address != user || fails) return answer;
    return Answer<const ResolvedAddress*>::known(&resolved_user_);
  }
  [[nodiscard]] Answer<MatchOutcome::Kind> is_local(std::string_view domain) const override {
    return first(FactsWorld::is_local(domain));
  }
  [[nodiscard]] Answer<DnsAnswer> dns(std::string_view name, std::string_view type) const override {
    return first(FactsWorld::dns(name, type));
  }
  [[nodiscard]] Answer<std::optional<std::string>> policy(
      std::string_view endpoint) const override {
    return noted(FactsWorld::policy(endpoint));
  }
  [[nodiscard]] Answer<Verification> verify(Subject subject,
                                            std::string_view address) const override {
    return first(FactsWorld::verify(subject, address));
  }

 private:
  /// Of several possible answers, the first is the one without an effect.
  template <class T>
  static Answer<T> first(Answer<T> answer) {
    if (answer.alternatives.size() > 1) answer.alternatives.resize(1);
    return answer;
  }

  template <class T>
  Answer<T> noted(Answer<T> answer) const {
    const std::string& text = answer.alternatives.front().assumption;
    const bool known = answer.alternatives.size() == 1 ||
                       std::find(assumed_.begin(), assumed_.end(), text) != assumed_.end();
    if (!known) assumed_.push_back(text);
    return first(std::move(answer));
  }

  /// Only access tables may refuse him.
  [[nodiscard]] Answer<LookupResult> noted_for(const Maps& maps,
                                               Answer<LookupResult> answer) const {
    const bool access = server_->config().find(maps.title()) == nullptr;
    return access ? noted(std::move(answer)) : first(std::move(answer));
  }

  static ResolvedAddress local_user() {
    ResolvedAddress resolved;
    resolved.address_class = AddressClass::local;
    resolved.recipient = user;
    resolved.transport = "local";
    return resolved;
  }

  const Server* server_;
  const ResolvedAddress resolved_user_ = local_user();
  mutable std::vector<std::string> assumed_;
};

/// Plays the whole mail. What it assumes, where it is accepted.
std::optional<std::vector<std::string>> accepted(const Server& server, const Request& request) {
  const Facts facts =
      ordinary_facts({}, {request.client_name.name, request.helo.value_or("mail.example"),
                          request.from.substr(request.from.find('@') + 1),
                          request.to.front().substr(request.to.front().find('@') + 1)});
  const OrdinaryWorld world(server, request, facts);
  if (evaluate(server, request, world).verdict != Verdict::accept) return std::nullopt;
  return world.assumed();
}

/// With a HELO and, as no list of HELO names is looked at then, without.
std::optional<std::vector<std::string>> accepted_anyhow(const Server& server, Request request) {
  request.until = Stage::eod;
  if (auto assumes = accepted(server, request)) return assumes;
  request.helo.reset();
  return accepted(server, request);
}

}  // namespace

bool strangers_can_connect(const model::Service& service) {
  const model::MasterEntry* entry = service.entry;
  if (entry != nullptr && entry->field(model::Field::type) == "unix") return false;
  if (entry != nullptr && !entry->host().empty()) return is_public(entry->host());
  const std::string_view interfaces = service.config->text("inet_interfaces");
  const std::vector<text::Range> words = grammar::parse_plain_list(interfaces);
  return words.empty() || std::any_of(words.begin(), words.end(), [&](text::Range word) {
           return is_public(interfaces.substr(word.lo, word.size()));
         });
}

Everybody everybody(const std::function<bool(const std::string& address)>& holds) {
  const auto test = [&](std::string_view address) { return holds(std::string(address)); };
  return {std::all_of(std::begin(strangers_v4), std::end(strangers_v4), test),
          std::all_of(std::begin(strangers_v6), std::end(strangers_v6), test)};
}

std::string_view name_of(Everybody who) {
  if (who.ipv4 && who.ipv6) return "everybody";
  return who.ipv4 ? "every IPv4 host" : "every IPv6 host";
}

StrangersMail strangers_mail(const Server& server) {
  StrangersMail mail;
  if (!server.fatal().empty()) return mail;
  const Space space = stranger_space(server, {}, find_sources(server));
  if (space.addresses.empty()) return mail;
  const std::string foreign = ordinary_destination(space);
  mail.to_foreign = accepted_anyhow(server, ordinary_request(server, space, foreign)).has_value();
  if (auto assumes = accepted_anyhow(server, ordinary_request(server, space, std::string(user)))) {
    mail.to_user = true;
    mail.assumes = std::move(*assumes);
  }
  return mail;
}

}  // namespace postlint::smtpd
