#include "src/smtpd/assertion.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/network.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/relay_parties.hpp"
#include "src/smtpd/symbolic_space.hpp"
#include "src/smtpd/table_set.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;
using Expected = Assertion::Expected;

constexpr std::array<std::pair<std::string_view, ClientClass>, 5> client_words{
    {{"stranger", ClientClass::stranger},
     {"mynetworks", ClientClass::my_networks},
     {"this-host", ClientClass::this_host},
     {"sasl", ClientClass::sasl_user},
     {"certificate", ClientClass::certificate}}};
constexpr std::array<std::pair<std::string_view, DestinationClass>, 5> destination_words{
    {{"foreign", DestinationClass::foreign},
     {"local", DestinationClass::local},
     {"virtual-alias", DestinationClass::virtual_alias},
     {"virtual-mailbox", DestinationClass::virtual_mailbox},
     {"relay", DestinationClass::relay}}};
constexpr std::array<std::pair<std::string_view, Expected>, 3> expected_words{
    {{"accept", Expected::accept}, {"reject", Expected::reject}, {"defer", Expected::defer}}};

template <class Words>
auto find_word(const Words& words, std::string_view text) {
  using Value = std::decay_t<decltype(words[0].second)>;
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.first == text; });
  return found == words.end() ? std::optional<Value>() : std::optional<Value>(found->second);
}

template <class Words>
std::string list_of(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + std::string(word.first);
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::string without_brackets(std::string_view address) {
  if (address.starts_with('<') && address.ends_with('>'))
    address = address.substr(1, address.size() - 2);
  return std::string(address);
}

/// Reads one assertion; remembers the first mistake.
class AssertionParser {
 public:
  explicit AssertionParser(Assertion& assertion) : a_(assertion) {}

  std::string error;

  void run() {
    const std::string_view text = a_.text;
    const std::size_t arrow = text.find("->");
    const std::size_t colon = text.rfind(':');
    if (arrow == npos || colon == npos || colon < arrow)
      return fail("it is not of the form CLIENT -> DESTINATION: VERDICT");
    client(words_of(text.substr(0, arrow)));
    destination(std::string(trimmed(text.substr(arrow + 2, colon - arrow - 2))));
    const std::string_view verdict = trimmed(text.substr(colon + 1));
    const auto expected = find_word(expected_words, verdict);
    if (!expected) return fail(unknown("verdict", verdict, list_of(expected_words)));
    a_.expected = *expected;
  }

 private:
  void fail(std::string what) {
    if (error.empty()) error = std::move(what);
  }

  static std::string unknown(std::string_view what, std::string_view word,
                             const std::string& known) {
    return "'" + std::string(word) + "' is no " + std::string(what) + "; known are " + known;
  }

  void client(const std::vector<std::string>& words) {
    if (words.empty()) return fail("it names no client before '->'");
    who(words[0]);
    for (std::size_t i = 1; i < words.size(); i += 2) {
      const bool from = words[i] == "from";
      if (!from && words[i] != "at")
        return fail("'" + words[i] + "' is neither 'from SENDER' nor 'at SERVICE'");
      if (i + 1 == words.size()) return fail("there is nothing behind '" + words[i] + "'");
      if (from)
        a_.sender = without_brackets(words[i + 1]);
      else
        a_.service = words[i + 1];
    }
  }

  void who(const std::string& word) {
    a_.client = find_word(client_words, word);
    if (a_.client) return;
    if (word.starts_with("sasl:") && word.size() > 5) {
      a_.client = ClientClass::sasl_user;
      a_.login = word.substr(5);
    } else if (const auto address = grammar::parse_address(word)) {
      a_.address = grammar::to_text(*address);
    } else {
      fail(unknown("client", word, list_of(client_words) + ", sasl:LOGIN, an IP address"));
    }
  }

  void destination(const std::string& word) {
    a_.destination = find_word(destination_words, word);
    if (a_.destination) return;
    a_.recipient = without_brackets(word);
    const std::size_t at = a_.recipient.rfind('@');
    const bool address = at != npos && at > 0 && at + 1 < a_.recipient.size();
    if (!address || word.find_first_of(" \t") != npos)
      fail(unknown("destination", word, list_of(destination_words) + ", an address (user@domain)"));
  }

  Assertion& a_;
};

std::string_view field(const model::Service& service, model::Field f) {
  if (service.entry != nullptr) return service.entry->field(f);
  return f == model::Field::service ? "smtp" : "inet";
}

/// Is the service meant by "smtp/inet", "smtp" or "25"?
bool is_called(const model::Service& service, const std::string& word) {
  if (service.name() == word || field(service, model::Field::service) == word) return true;
  const auto port = service.entry != nullptr ? service.entry->port() : std::uint16_t{25};
  return port && std::to_string(*port) == word;
}

bool refused(Verdict verdict) { return verdict == Verdict::reject || verdict == Verdict::defer; }

bool satisfies(Verdict verdict, Expected expected) {
  switch (expected) {
    case Expected::accept:
      return verdict == Verdict::accept;
    case Expected::reject:
      return refused(verdict) || verdict == Verdict::fatal;
    default:
      return verdict == Verdict::defer;
  }
}

/// What the answer says of the service.
std::string deed_of(const std::string& service, const Trace& trace) {
  switch (trace.verdict) {
    case Verdict::accept:
      return service + " accepts the mail";
    case Verdict::reject:
      return service + " rejects the mail";
    case Verdict::defer:
      return service + " refuses the mail with a temporary error";
    case Verdict::fatal:
      return "smtpd of " + service + " dies: " + trace.fatal;
    default:
      return "what " + service + " answers is not certain";
  }
}

}  // namespace

Result<Assertion> parse_assertion(std::string text, std::string place) {
  Assertion assertion;
  assertion.text = std::move(text);
  assertion.place = std::move(place);
  AssertionParser parser(assertion);
  parser.run();
  if (!parser.error.empty())
    return Error{assertion.place + ": assertion '" + assertion.text + "': " + parser.error};
  return assertion;
}

class AssertionChecker::Impl {
 public:
  Impl(const model::Workspace& workspace, const Facts& facts)
      : workspace_(workspace),
        facts_(facts),
        tables_(workspace, facts.tables, MissingTables::unknown) {}

  std::vector<BrokenAssertion> check(const Assertion& assertion) {
    const std::vector<Candidate*> asked = candidates(assertion);
    if (asked.empty()) return {nobody(assertion)};
    return assertion.expected == Expected::accept ? one_accepts(assertion, asked)
                                                  : all_refuse(assertion, asked);
  }

 private:
  /// A service with what is known of it.
  struct Candidate {
    const model::Service* service = nullptr;
    std::unique_ptr<Server> server;
    Space space;
    RelayAnalysis analysis;
  };

  Candidate& candidate(const model::Service& service) {
    for (const auto& known : known_)
      if (known->service == &service) return *known;
    auto made = std::make_unique<Candidate>();
    made->service = &service;
    made->server = std::make_unique<Server>(workspace_, service, tables_);
    if (made->server->fatal().empty())
      made->space = stranger_space(*made->server, {}, find_sources(*made->server));
    made->analysis = analyse_relay(*made->server, facts_, {});
    known_.push_back(std::move(made));
    return *known_.back();
  }

  static bool from_this_host(const Assertion& a) {
    return a.client == ClientClass::this_host || a.address.starts_with("127.") ||
           a.address == "::1";
  }

  /// The services that the client can reach, or those that are named.
  std::vector<Candidate*> candidates(const Assertion& a) {
    std::vector<Candidate*> found;
    for (const model::Service& service : workspace_.services()) {
      if (!service.is_smtpd() || (!a.service.empty() && !is_called(service, a.service))) continue;
      Candidate& each = candidate(service);
      if (a.service.empty() && !from_this_host(a) && each.server->unreachable()) continue;
      found.push_back(&each);
    }
    return found;
  }

  BrokenAssertion nobody(const Assertion& a) const {
    BrokenAssertion broken;
    broken.why = a.service.empty() ? "no smtpd service is there for such a client"
                                   : "there is no smtpd service " + a.service;
    return broken;
  }

  static const MatrixCell* cell_of(const Candidate& c, const std::optional<ClientClass>& client,
                                   const std::optional<DestinationClass>& destination) {
    const auto& matrix = c.analysis.matrix;
    const auto found = std::find_if(matrix.begin(), matrix.end(), [&](const MatrixCell& cell) {
      return (!client || cell.client == *client) &&
             (!destination || cell.destination == *destination);
    });
    return found == matrix.end() ? nullptr : &*found;
  }

  /// The recipient; empty: the configuration has no such destination.
  static std::string recipient_of(const Candidate& c, const Assertion& a) {
    if (!a.destination) return a.recipient;
    if (a.destination == DestinationClass::foreign) return ordinary_destination(c.space);
    const MatrixCell* cell = cell_of(c, std::nullopt, a.destination);
    return cell == nullptr ? std::string() : cell->request.to.front();
  }

  /// An ordinary request of the client; nothing: there is no such client, or no such destination.
  static std::optional<Request> request_of(const Candidate& c, const Assertion& a) {
    const std::string to = recipient_of(c, a);
    if (to.empty()) return std::nullopt;
    Request request = ordinary_request(*c.server, c.space, to);
    if (a.client && a.client != ClientClass::stranger) {
      const MatrixCell* cell = cell_of(c, a.client, std::nullopt);
      if (cell == nullptr) return std::nullopt;
      request = cell->request;
      request.to = {to};
    } else if (!a.address.empty()) {
      request.client = a.address;
      if (from_this_host(a))
        request.client_name = request.reverse_name = {PeerName::Status::known, "localhost"};
    }
    if (!a.login.empty()) request.sasl = a.login;
    if (a.sender) request.from = *a.sender;
    return request;
  }

  BrokenAssertion answer(const Candidate& c, Request request, const Facts& facts) const {
    BrokenAssertion broken;
    broken.service = c.service;
    broken.trace = evaluate(*c.server, request, facts);
    broken.request = std::move(request);
    broken.certain = broken.trace->verdict != Verdict::depends;
    broken.assumes = broken.trace->assumes;
    broken.why = deed_of(c.server->name(), *broken.trace);
    return broken;
  }

  BrokenAssertion answer(const Candidate& c, Request request) const {
    std::vector<std::string> domains{request.client_name.name, request.helo.value_or(""),
                                     std::string(domain_or_all(request.from)),
                                     std::string(domain_or_all(request.to.front()))};
    std::erase(domains, std::string());
    return answer(c, std::move(request), ordinary_facts(facts_, domains));
  }

  BrokenAssertion dead(const Candidate& c) const {
    BrokenAssertion broken;
    broken.service = c.service;
    broken.why = "smtpd of " + c.server->name() + " dies: " + c.analysis.why;
    return broken;
  }

  std::vector<BrokenAssertion> one_accepts(const Assertion& a,
                                           const std::vector<Candidate*>& asked) {
    std::optional<BrokenAssertion> best;
    for (const Candidate* c : asked) {
      BrokenAssertion broken;
      if (c->analysis.verdict == RelayVerdict::dead) {
        broken = dead(*c);
      } else if (auto request = request_of(*c, a)) {
        broken = answer(*c, std::move(*request));
        if (broken.trace->verdict == Verdict::accept) return {};
      } else {
        continue;
      }
      const bool better =
          !best || (best->certain && !broken.certain) || (!best->trace && broken.trace.has_value());
      if (better) best = std::move(broken);
    }
    if (best) return {std::move(*best)};
    BrokenAssertion broken;
    broken.why = missing(a);
    return {std::move(broken)};
  }

  /// Why there is nobody to ask.
  static std::string missing(const Assertion& a) {
    if (a.client == ClientClass::sasl_user)
      return "no smtpd service lets clients log in (smtpd_sasl_auth_enable)";
    if (a.client == ClientClass::certificate)
      return "no certificate is listed that lets its owner relay (relay_clientcerts)";
    if (a.client == ClientClass::my_networks && a.destination == DestinationClass::foreign)
      return "mynetworks names no network from which a client can come";
    return "the configuration has no such client, or no such destination";
  }

  std::vector<BrokenAssertion> all_refuse(const Assertion& a,
                                          const std::vector<Candidate*>& asked) {
    std::vector<BrokenAssertion> all;
    for (const Candidate* c : asked) {
      if (c->analysis.verdict == RelayVerdict::dead) {
        if (a.expected == Expected::defer) all.push_back(dead(*c));
        continue;
      }
      const bool proof = a.destination == DestinationClass::foreign && !a.sender &&
                         (!a.client || a.client == ClientClass::stranger);
      if (auto way = proof ? way_in(*c, a) : std::nullopt) {
        all.push_back(std::move(*way));
        continue;
      }
      auto request = request_of(*c, a);
      if (!request) continue;
      BrokenAssertion broken = answer(*c, std::move(*request));
      // It is proved that no answer of what is unknown lets him in.
      const bool proved =
          proof && a.expected == Expected::reject && broken.trace->verdict == Verdict::depends;
      if (!proved && !satisfies(broken.trace->verdict, a.expected))
        all.push_back(std::move(broken));
    }
    return all;
  }

  /// A request to a foreign destination that is accepted, or may be; nothing: it is proved that
  /// there is none.
  std::optional<BrokenAssertion> way_in(const Candidate& c, const Assertion& a) const {
    RelayAnalysis own;
    if (!a.address.empty()) {
      RelayOptions options;
      options.matrix = false;
      options.strangers.push_back(*grammar::parse_network(a.address).network);
      own = analyse_relay(*c.server, facts_, options);
    }
    const RelayAnalysis& analysis = a.address.empty() ? c.analysis : own;
    if (analysis.verdict == RelayVerdict::closed) return std::nullopt;
    const auto foreign = [&](const RelayWitness& w) {
      // Destinations that the configuration names are not foreign; local parts are of any domain.
      return analysis.verdict != RelayVerdict::limited || w.destination.ends_with('@') ||
             !w.assumes.empty();
    };
    const auto found = std::find_if(analysis.witnesses.begin(), analysis.witnesses.end(), foreign);
    if (found != analysis.witnesses.end()) return shown_by(c, *found);
    if (analysis.verdict != RelayVerdict::depends) return std::nullopt;
    BrokenAssertion broken;
    broken.service = c.service;
    broken.certain = false;
    broken.why = "whether " + c.server->name() + " refuses all such mail is not certain";
    broken.assumes = analysis.assumes;
    return broken;
  }

  BrokenAssertion shown_by(const Candidate& c, const RelayWitness& witness) const {
    Facts facts = facts_;
    for (const auto& [name, types] : witness.dns.names)
      for (const auto& [type, found] : types) facts.dns.names[name].insert_or_assign(type, found);
    if (!witness.dns.names.empty() && facts.dns.rest.kind == DnsAnswer::Kind::unknown)
      facts.dns.rest = witness.dns.rest;
    BrokenAssertion broken = answer(c, witness.request, facts);
    broken.certain = witness.assumes.empty();
    if (!broken.certain) broken.assumes = witness.assumes;
    // What evaluate() does not know may be so by the definition of a foreign destination.
    if (!broken.certain || broken.trace->verdict == Verdict::accept) return broken;
    broken.trace->verdict = Verdict::accept;
    broken.trace->reply = witness.reply;
    broken.trace->steps = witness.because;
    broken.why = deed_of(c.server->name(), *broken.trace);
    return broken;
  }

  const model::Workspace& workspace_;
  const Facts& facts_;
  TableSet tables_;
  std::vector<std::unique_ptr<Candidate>> known_;
};

AssertionChecker::AssertionChecker(const model::Workspace& workspace, const Facts& facts)
    : impl_(std::make_unique<Impl>(workspace, facts)) {}
AssertionChecker::~AssertionChecker() = default;

std::vector<BrokenAssertion> AssertionChecker::check(const Assertion& assertion) {
  return impl_->check(assertion);
}

}  // namespace postlint::smtpd
