#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "src/smtpd/facts.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/source.hpp"

namespace postlint::report {

// What the JSON forms of trace, relay and diff have in common (docs/schema).

/// Adds file, line and column; null for a span in no file.
void add_place(nlohmann::ordered_json& object, text::Span span, const text::SourceStore& sources);

/// null where the text is empty.
nlohmann::ordered_json text_or_null(const std::string& text);

/// A table entry that answered, or null.
nlohmann::ordered_json table_json(const std::optional<smtpd::TableHit>& hit,
                                  const text::SourceStore& sources);

/// "decided_by" of a trace, or null.
nlohmann::ordered_json decision_json(const std::optional<smtpd::Decision>& decision,
                                     const text::SourceStore& sources);

/// One item of a trace.
nlohmann::ordered_json step_json(const smtpd::Step& step, const text::SourceStore& sources);

/// A name, null, or {"tempfail": true}.
nlohmann::ordered_json name_json(const smtpd::PeerName& name);

/// The keys of a request of `trace --requests`.
nlohmann::ordered_json request_json(const smtpd::Request& request);

/// A --facts document; null where nothing is asked of the DNS.
nlohmann::ordered_json facts_json(const smtpd::DnsFacts& dns);

}  // namespace postlint::report
