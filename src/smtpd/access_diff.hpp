#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/facts.hpp"
#include "src/smtpd/relay.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"

namespace postlint::smtpd {

/// Does the server take more, or less? Where the outcome is not certain, what it may take counts.
enum class Direction : std::uint8_t {
  wider,
  narrower,
  other  // refused or deferred, by another reply code or for other reasons
};
std::string_view direction_name(Direction direction);

/// The class of a request's client under one configuration; `member`: of which network.
ClientClass client_class_of(const Server& server, const Request& request);
/// The class of a recipient (argument of RCPT TO); nothing: it is no address, or not known.
std::optional<DestinationClass> destination_class_of(const Server& server, const std::string& to);

/// One request, answered otherwise by the other configuration, for all requests of its kind.
struct AccessChange {
  std::string service;
  Direction direction = Direction::other;
  Request request;  // the plainest that shows it
  DnsFacts dns;     // what the DNS was taken to say
  /// Under each configuration; nothing: there is no such service, or no such address.
  std::optional<ClientClass> client_before, client_after;
  std::optional<DestinationClass> destination_before, destination_after;
  /// Nothing: that side has no such service.
  std::optional<Trace> before, after;
};

/// What relay() says of the service on both sides, where that is not the same.
struct VerdictChange {
  std::string service;
  Direction direction = Direction::other;
  std::optional<RelayVerdict> before, after;  // nothing: no such service
};

struct AccessDiff {
  std::vector<VerdictChange> verdicts;
  /// One for each kind of client, kind of destination, verdicts and restrictions that decide.
  std::vector<AccessChange> changes;
  std::size_t requests = 0;  // how many were put to both sides

  [[nodiscard]] bool any(Direction direction) const;
};

/// Compares two servers (null: no such service) by the requests of analyse_relay() of both sides,
/// and by requests made of every client, name, sender and recipient that either side names: each
/// kind of client to each kind of destination, and every two such properties together. Each is put
/// to evaluate() on both sides. Requests that tell them apart only by three such properties at once
/// may be missed; strangers who may relay are not (analyse_relay()).
AccessDiff diff_access(const Server* before, const Server* after, const Facts& facts);

}  // namespace postlint::smtpd
