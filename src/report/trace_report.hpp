#pragma once

#include <string>

#include "src/smtpd/request.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/source.hpp"

namespace postlint::report {

/// One object of the form "postlint.trace/1" (docs/schema/trace.schema.json), on one line, without
/// a line feed.
std::string trace_json(const smtpd::Trace& trace, const text::SourceStore& sources);

/// The result of a request that could not be played: {"schema", "error"}.
std::string trace_error_json(const std::string& message);

/// What a person reads: the dialogue, then the items in order, each with its place and reason.
/// `service`: "smtp/inet".
std::string trace_text(const std::string& service, const smtpd::Request& request,
                       const smtpd::Trace& trace, const text::SourceStore& sources, bool color);

}  // namespace postlint::report
