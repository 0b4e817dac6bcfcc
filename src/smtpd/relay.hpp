#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/network.hpp"
#include "src/smtpd/dialogue.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/span.hpp"

namespace postlint::smtpd {

/// What one smtpd(8) service lets a stranger do, in the order of harm.
enum class RelayVerdict : std::uint8_t {
  closed,   // proved: no request of a stranger to a foreign destination is accepted
  depends,  // a table, a service or a host fact that is not known here decides
  limited,  // only destinations or local parts that the configuration itself names
  open,     // any destination
  dead      // smtpd dies at its start
};
/// "closed", "depends", "limited", "open", "dead".
std::string_view relay_verdict_name(RelayVerdict verdict);

/// A request of a stranger that the server accepts, as evaluate() says of it.
struct RelayWitness {
  Request request;
  /// What has to hold in the DNS for it: his own domains, and those that the configuration names.
  /// Empty where nothing is asked of the DNS.
  DnsFacts dns;
  std::string reply;  // to RCPT
  std::vector<Exchange> dialogue;
  std::vector<Step> because;  // the steps that permitted, and the address class that did
  text::Span cause;  // of the entry or the pattern that lets him in; no file: there is none
  /// Not empty: the mail is accepted only if this holds (an unread table, a policy service).
  std::vector<std::string> assumes;
  /// Where it leads: "elsewhere.example", or what the configuration names ("abuse@").
  std::string destination;
  bool discarded = false;  // DISCARD: accepted, and thrown away
};

/// A destination, or a local part, to which strangers may relay because the configuration names it.
struct LimitedDestination {
  std::string destination;  // "partner.example", "abuse@"
  std::optional<TableHit> entry;
  text::Span span;  // of the entry, or of the item
};

/// Someone who may relay to foreign destinations.
struct TrustedParty {
  enum class Kind : std::uint8_t { network, sasl, certificate, name, table };
  Kind kind = Kind::network;
  std::string value;  // "192.0.2.0/24", "any login", a fingerprint, a domain
  std::string size;   // network: how many addresses, in decimal; else empty
  text::Span span;    // the line that says so; no file: a compiled default
  std::string table;  // "hash:/etc/postfix/clients", where an entry says so
  std::vector<std::string> assumes;
};
std::string_view trusted_kind_name(TrustedParty::Kind kind);

enum class ClientClass : std::uint8_t { stranger, my_networks, this_host, sasl_user, certificate };
enum class DestinationClass : std::uint8_t {
  local,
  virtual_alias,
  virtual_mailbox,
  relay,
  foreign
};
inline constexpr std::size_t client_class_count = 5;
inline constexpr std::size_t destination_class_count = 5;
/// "stranger", "my networks", "this host", "SASL user", "client certificate".
std::string_view client_class_name(ClientClass c);
/// "local", "virtual alias", "virtual mailbox", "relay", "foreign".
std::string_view destination_class_name(DestinationClass d);

/// What becomes of an ordinary request of one class of clients to one class of destinations.
struct MatrixCell {
  ClientClass client = ClientClass::stranger;
  DestinationClass destination = DestinationClass::local;
  Request request;
  Verdict verdict = Verdict::accept;
  std::string reply;  // empty: there is none (depends, fatal)
  std::vector<std::string> assumes;
};

/// What is known of one service.
struct RelayAnalysis {
  std::string service;  // "smtp/inet"
  text::Span span;      // of its master.cf entry; no file: there is no master.cf
  RelayVerdict verdict = RelayVerdict::closed;
  std::string why;  // of dead: the reason
  text::Span why_span;
  /// Distinct ways in, up to RelayOptions::witnesses; of depends: each with what it assumes.
  std::vector<RelayWitness> witnesses;
  std::vector<LimitedDestination> destinations;  // of limited, all of them
  std::vector<TrustedParty> trusted;
  /// Row by row. Classes of which the configuration has no member are left out.
  std::vector<MatrixCell> matrix;
  /// What the verdict takes for granted; of depends: what decides.
  std::vector<std::string> assumes;
  std::size_t runs = 0;  // of the evaluator
};

struct RelayOptions {
  /// Not empty: strangers are these addresses, whatever the configuration trusts.
  std::vector<grammar::Network> strangers;
  std::vector<grammar::Network> trusted;  // no strangers
  std::size_t witnesses = 5;
  /// So many runs of the evaluator may one service take.
  std::size_t budget = 20000;
  bool matrix = true;  // and the list of the trusted
};

/// Symbolic evaluation of one service: every kind of request that a stranger can send to a foreign
/// destination, each played by evaluate()'s own evaluator. `facts`: as for evaluate().
RelayAnalysis analyse_relay(const Server& server, const Facts& facts, const RelayOptions& options);

/// Does the list that decides on relaying refuse every stranger's mail to foreign destinations by
/// itself? Then the verdict is neither open nor limited, unless by DISCARD. A quick question: false
/// means that the other lists have to be looked at.
bool relay_list_refuses(const Server& server);

/// One request for each way through the restriction lists that strangers, clients of mynetworks,
/// users with a login and such can take, to all kinds of destinations: what two configurations are
/// compared by.
std::vector<Request> probe_requests(const Server& server, const Facts& facts, std::size_t limit);

}  // namespace postlint::smtpd
