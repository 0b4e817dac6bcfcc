#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/request.hpp"
#include "src/text/span.hpp"

namespace postlint::smtpd {

enum class Verdict : std::uint8_t {
  accept,
  reject,   // 5xx
  defer,    // 4xx
  depends,  // different outcomes are possible: see Trace::outcomes
  fatal     // the server dies, or cannot start
};
std::string_view verdict_name(Verdict verdict);

/// The table entry that answered.
struct TableHit {
  std::string table;   // "hash:/etc/postfix/access", as written
  text::Span span;     // the entry; no file: it is nowhere to be read
  std::string key;     // with which it was found
  std::string result;  // the value
};

/// One item that was evaluated, whether it decided or not, in the order of evaluation.
struct Step {
  enum class Result : std::uint8_t { permit, reject, defer, dunno, warn, error };
  Stage stage = Stage::rcpt;
  std::uint32_t recipient = 0;  // index into Request::to, at RCPT
  std::uint32_t depth = 0;      // 0: item of the list itself; deeper: of a class or table result
  std::string list;             // parameter that holds the list: "smtpd_relay_restrictions"; for an
                                // implicit check the parameter that asks for it
  std::string restriction;      // the item as written, with its argument
  Result result = Result::dunno;
  std::string why;      // one sentence without a final stop; also says why it did not decide
  text::Span why_span;  // of the value that `why` speaks of, where it stands elsewhere
  text::Span span;      // of the item with its argument; no file: it stands in a compiled default
  std::optional<TableHit> table;
  std::string reply;  // of reject, defer, error and warn: the reply that it forms
};
std::string_view result_name(Step::Result result);

/// What decided the reply: neutralising exactly this changes it.
struct Decision {
  std::string service;  // "smtp/inet"
  std::string list;
  std::string restriction;
  text::Span span;     // no file: compiled default (see origin)
  std::string origin;  // "main.cf", "master.cf -o", "default 3.7"
  std::optional<TableHit> table;
};

/// One of several possible ends where something is not known.
struct Outcome {
  Verdict verdict = Verdict::accept;
  Stage stage = Stage::rcpt;
  std::string reply;
  std::vector<std::string> assumes;  // what has to hold for it
};

/// What becomes of one recipient.
struct RecipientTrace {
  std::string to;
  Verdict verdict = Verdict::accept;
  std::string reply;
  std::optional<Decision> decided_by;
};

/// What a server answers to a request, and why.
struct Trace {
  Verdict verdict = Verdict::accept;
  /// Of the last stage played: that of Request::until, or the one that ended the session.
  Stage stage = Stage::rcpt;
  std::string reply;  // last line of the reply of that stage; empty: none (depends, fatal, hangup)
  /// Last lines by stage; nothing: not played, or not certain. At RCPT that of the last recipient.
  std::array<std::optional<std::string>, stage_count> replies;
  std::vector<RecipientTrace> recipients;  // in order, as far as they were played
  std::optional<Decision> decided_by;
  std::vector<Step> steps;
  /// What had to be assumed for the verdict; for `depends` what it hinges on.
  std::vector<std::string> assumes;
  std::vector<Outcome> outcomes;  // of depends
  std::string fatal;              // of fatal: why

  [[nodiscard]] const std::optional<std::string>& reply_of(Stage s) const {
    return replies[static_cast<std::size_t>(s)];
  }
};

}  // namespace postlint::smtpd
