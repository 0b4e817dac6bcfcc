#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// One line of a mail log, or a line of a bounce or of an SMTP dialogue. Ranges count in the text
/// that was given; an empty range where a part is optional means that it is not there.
struct LogLine {
  enum class Kind : std::uint8_t {
    other,     // nothing about a refusal
    session,   // smtpd, postscreen, cleanup (milter): ACTION: STAGE from CLIENT: REPLY; ...
    content,   // cleanup: ACTION: header|body TEXT from CLIENT; ...: REPLY
    delivery,  // smtp, lmtp, local, ...: to=<...>, ... status=STATUS (REASON)
    notice,    // postscreen: PREGREET, DNSBL rank
    reply      // a bare SMTP reply, or a reply within a bounce
  };
  Kind kind = Kind::other;
  Range program;      // "postfix/submission/smtpd"; of a log line
  Range syslog_name;  // "postfix/submission"
  Range daemon;       // "smtpd"
  Range message;      // behind "program[pid]: "
  Range queue_id;     // or NOQUEUE
  Range action;       // "reject", "reject_warning", "milter-reject"; of notice "PREGREET", "DNSBL"
  Range stage;        // "RCPT"; of content "header", "body", ...
  Range content;      // of content: the line that was refused
  Range client_name;  // "unknown"; empty: postscreen
  Range client;       // address, or "unknown"
  Range reply;        // "554 5.7.1 <...>: Relay access denied"
  int code = 0;       // 0: the reply has none (cleanup)
  Range dsn;          // "5.7.1"
  Range text;         // behind both

  std::optional<Range> from, to, helo;  // without the <>
  Range proto;
  Range sasl_method, sasl_username;

  Range relay;   // of delivery: "mx.example[192.0.2.1]:25", "none"
  Range status;  // "bounced", "deferred"
  Range reason;  // in parentheses
  Range remote;  // of delivery and reply: the host that said it, "mx.example[192.0.2.1]"
};

/// What is read of a line: syslog keeps less. What the client sent may look like the end of a
/// rejection again and again, and each such place is looked at.
inline constexpr std::size_t longest_log_line = 8192;

/// Reads one line (without its line feed). Every header of syslog is taken: what counts is the
/// word before "[pid]: ".
LogLine parse_log_line(std::string_view text);

}  // namespace postlint::grammar
