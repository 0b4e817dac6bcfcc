#pragma once

#include <optional>
#include <string>
#include <vector>

#include "grammar/log_line.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/span.hpp"

namespace postlint::smtpd {

/// A refusal by smtpd(8), as it was logged or as the client was told. What is not told is empty.
struct Refusal {
  std::string syslog_name;  // "postfix/submission"
  bool logged = false;      // the log tells the stage and all that the session had so far
  bool warning = false;     // reject_warning: the mail went on
  Stage stage = Stage::rcpt;
  std::string client;  // address
  PeerName client_name;
  std::optional<std::string> helo, from, to;
  /// That the reply names without saying whether it is the sender's or the recipient's.
  std::optional<std::string> address;
  bool ehlo = true;
  std::optional<std::string> sasl;
  std::string reply;  // "554 5.7.1 <...>: Relay access denied"
  int code = 0;       // 0: not told
  std::string text;   // of the reply, behind code and status
};

/// The refusal that a log line or a reply tells of; nothing where it tells of none, or of one that
/// smtpd does not decide (LogLine::Kind content, delivery, notice; postscreen; stages of ETRN and
/// VRFY, which are not played).
std::optional<Refusal> refusal_of(std::string_view text, const grammar::LogLine& line);

/// One way in which a service comes to the reply.
struct Cause {
  std::string service;       // "smtp/inet"
  text::Span service_span;   // its master.cf entry
  bool named = false;        // its syslog_name is that of the refusal
  Decision decision;         // the restriction that forms the reply
  std::string why;           // it did; empty: not certain
  std::string reply;         // what the service answers: another than the refusal's in `alike`
  Request request;           // that gets this answer
  std::vector<Step> passed;  // the permits before it, each with why it did not help
  std::vector<std::string> assumes;  // what was not told, and has to hold for it
  std::string failing;  // of `assumes`: what is not here, and cannot be read on the server either
};

/// What a configuration knows of a refusal.
struct Explanation {
  /// Services whose evaluation gives exactly this reply, each with every restriction that does;
  /// the ones that the refusal's syslog_name tells first, then those that assume least.
  std::vector<Cause> causes;
  /// Where there are none: the same text with another code, or restrictions that can form the text
  /// though the request that makes them do so is not known.
  std::vector<Cause> alike;
  std::vector<Cause> possible;
};

/// Plays the request of the refusal on each service: what is not told (TLS, login, reverse name,
/// client, addresses) in the variants that matter.
Explanation explain(const std::vector<const Server*>& servers, const Refusal& refusal,
                    const Facts& facts);

/// What would let the mail pass, and what to do about it.
struct Remedy {
  std::vector<std::string> needs;  // one of these would have to be true
  struct Fix {
    std::string what;
    std::string risk;
  };
  std::vector<Fix> fixes;
  std::string never;  // what would make it pass and must not be done; empty: nothing to warn of
  /// The address class that counts and the one that knows the recipient; empty: they are one.
  std::string classes;
};
/// Never advises what lets strangers relay. `servers`: of the configuration, to name one for users.
Remedy remedy(const Server& server, const Cause& cause, const std::vector<const Server*>& servers);

}  // namespace postlint::smtpd
