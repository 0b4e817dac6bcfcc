#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/engine/fix.hpp"
#include "src/engine/rule_info.hpp"
#include "src/model/effective_config.hpp"
#include "src/text/span.hpp"

namespace postlint::engine {

/// A second place that the reader needs, with what it has to do with the finding.
struct Related {
  text::Span span;
  std::string label;
};

/// One step in the history of an effective value.
struct OriginStep {
  model::Origin::Kind kind = model::Origin::Kind::compiled_default;
  text::Span span;  // no file for compiled defaults
  std::string parameter;
  std::string value;  // before expansion; a long one without its middle
};

/// A request that shows the finding to be true, as it was replayed.
struct Witness {
  std::string dialogue;  // "198.51.100.23  HELO x  MAIL FROM:<a@example.org>  RCPT TO:<...>"
  std::vector<std::pair<std::string, std::string>> request;  // keys of `trace` requests
  std::string reply;
  std::vector<std::string> steps = {};  // what was looked at, in order, where that is the point
};

/// One mistake. Owns its text; places are spans, which mean something as long as the Workspace
/// that was checked lives.
struct Finding {
  const RuleInfo* rule = nullptr;
  Severity severity = Severity::warning;
  Confidence confidence = Confidence::certain;
  /// The first release for which it holds, where older ones are possible (FindingBuilder::since()).
  std::optional<database::Version> since;
  std::string message;  // one sentence: what, and the consequence
  text::Span span;      // the primary place; always in a file
  std::string label;    // short text behind the caret; may be empty
  std::vector<Related> related;
  std::vector<OriginStep> origins;
  std::string service;                     // "smtp/inet"; empty: no service in particular
  std::vector<std::string> also_services;  // others that share the same mistake
  std::string parameter;
  std::string item;  // the offending token, key or name: part of the fingerprint
  std::vector<std::string> assumes;
  std::vector<std::string> notes;  // further facts, one sentence each
  std::vector<text::Span> spoilt;  // text that nobody meant: what other rules say of it is moot
  std::optional<Witness> witness;
  std::vector<Fix> fixes;

  /// A finding that can fail a run; others are shown as notes.
  [[nodiscard]] bool counts() const { return confidence != Confidence::possible; }
};

}  // namespace postlint::engine
