#pragma once

#include <string>
#include <vector>

#include "src/smtpd/request.hpp"
#include "src/smtpd/trace.hpp"

namespace postlint::smtpd {

/// What the client sends and what the server answers.
struct Exchange {
  std::string command;  // "connect from 192.0.2.1", "EHLO x", "RCPT TO:<a@b>"
  std::string reply;    // last line; empty: none
};

/// What the client sends at a stage; not for RCPT.
std::string command_text(const Request& request, Stage stage);

/// "RCPT TO:<a@b>"
std::string recipient_command(const std::string& to);

/// The session as far as it was played and is certain.
std::vector<Exchange> dialogue_of(const Request& request, const Trace& trace);

/// In one line: "198.51.100.23  HELO x  MAIL FROM:<a@example.org>  RCPT
/// TO:<victim@elsewhere.example>"
std::string dialogue_line(const Request& request);

}  // namespace postlint::smtpd
