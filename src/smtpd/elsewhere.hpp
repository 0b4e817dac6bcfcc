#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "grammar/log_line.hpp"
#include "src/model/workspace.hpp"
#include "src/text/span.hpp"

namespace postlint::smtpd {

/// A refusal that no restriction list decides.
struct Elsewhere {
  std::string who;        // "mx.example[192.0.2.1]", "postscreen", "cleanup", "a milter"
  std::string what;       // one sentence without a final stop: who decided, and what follows
  std::string parameter;  // that has a say in it; empty: none here
  text::Span span;        // where it is set; no file: nowhere, or there is none
  bool foreign = false;   // not in this configuration
};

/// Says so of a line; nothing where smtpd's restriction lists decide, or the line tells of no
/// refusal.
std::optional<Elsewhere> decided_elsewhere(std::string_view text, const grammar::LogLine& line,
                                           const model::Workspace& workspace);

}  // namespace postlint::smtpd
