#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/relay.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/result.hpp"

namespace postlint::smtpd {

/// What a site wants to hold: "CLIENT [from SENDER] [at SERVICE] -> DESTINATION: VERDICT".
///
/// `accept` holds where at least one service that the client can reach takes his mail; `reject`
/// (a reply 4xx or 5xx) and `defer` (4xx) hold where each of them answers so.
struct Assertion {
  enum class Expected : std::uint8_t { accept, reject, defer };
  std::string text;                   // as written
  std::string place;                  // of it: ".postlint.toml:12", "--assert"
  std::optional<ClientClass> client;  // nothing: `address`
  std::string address;
  std::string login;                              // of a SASL user; empty: any
  std::optional<std::string> sender;              // nothing: an ordinary one
  std::string service;                            // "smtp/inet", "smtp", "25"; empty: all
  std::optional<DestinationClass> destination{};  // nothing: `recipient`
  std::string recipient;
  Expected expected = Expected::reject;
};

/// The error names the place, the assertion and what is wrong with it.
Result<Assertion> parse_assertion(std::string text, std::string place);

/// All that is asserted of a configuration, with what is known of the world for it.
struct AssertedPolicy {
  std::vector<Assertion> assertions;
  Facts facts;
};

/// An assertion that does not hold, or of which that cannot be told.
struct BrokenAssertion {
  const model::Service* service = nullptr;  // null: of no service in particular
  std::string why;      // "smtp/inet accepts it": goes on from "it does not hold:"
  bool certain = true;  // false: whether it holds depends on `assumes`
  std::vector<std::string> assumes;
  /// What shows it; nothing where no service or no such client is there to ask.
  std::optional<Request> request;
  std::optional<Trace> trace;
};

/// Puts assertions to one configuration. A stranger's (or an address's) mail to foreign
/// destinations is refused only if analyse_relay() proves it for every request that he can send; in
/// all other cases an ordinary request is asked, as in the matrix of analyse_relay().
class AssertionChecker {
 public:
  /// Both outlive the checker.
  AssertionChecker(const model::Workspace& workspace, const Facts& facts);
  ~AssertionChecker();
  AssertionChecker(const AssertionChecker&) = delete;
  AssertionChecker& operator=(const AssertionChecker&) = delete;

  /// Empty: the assertion holds.
  std::vector<BrokenAssertion> check(const Assertion& assertion);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postlint::smtpd
