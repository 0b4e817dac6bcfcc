#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postlint::smtpd {

/// The commands of a session, in the order in which they are played. `data` is the DATA command,
/// `eod` the end of the message.
enum class Stage : std::uint8_t { connect, helo, starttls, auth, mail, rcpt, data, eod };
inline constexpr std::size_t stage_count = 8;

/// "connect", "helo", ...
std::string_view stage_name(Stage stage);
std::optional<Stage> parse_stage(std::string_view name);

/// A host name that smtpd(8) looks up for the client (smtpd_peer.c).
struct PeerName {
  enum class Status : std::uint8_t {
    not_told,  // nobody said: what hinges on it is unknown
    known,     // verified (client name), or as the PTR record says (reverse name)
    none,      // permanent failure: "unknown"
    tempfail   // temporary failure: "unknown" too, other replies
  };
  Status status = Status::not_told;
  std::string name;
};

/// What the client shows in its TLS session.
struct TlsSession {
  std::string fingerprint;  // of its certificate, as $smtpd_tls_fingerprint_digest; empty: none
  std::string public_key_fingerprint;
  std::string common_name;
  bool trusted = false;  // the chain was verified
};

/// One SMTP session with one message.
struct Request {
  std::string service;  // as the user wrote it: "smtp/inet", "smtp", "25"; empty: the default
  std::string client;   // address without brackets
  PeerName client_name;
  PeerName reverse_name;            // not told: equals the client name
  std::optional<std::string> helo;  // nothing: none is sent
  bool ehlo = true;                 // EHLO, not HELO
  std::optional<TlsSession> tls;    // nothing: no STARTTLS
  bool never_tls = false;           // no TLS even where the service speaks nothing else
  std::optional<std::string> sasl;  // login; nothing: no AUTH
  std::string sasl_method = "PLAIN";
  std::string from;                  // argument of MAIL FROM without <>; empty: the null sender
  std::vector<std::string> to;       // arguments of RCPT TO, with or without <>
  std::optional<std::int64_t> size;  // SIZE= of MAIL FROM
  Stage until = Stage::rcpt;         // the last stage to be played
};

/// The keys of `trace --requests`, for findings; `to` once a recipient.
std::vector<std::pair<std::string, std::string>> request_keys(const Request& request);

}  // namespace postlint::smtpd
