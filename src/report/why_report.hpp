#pragma once

#include <string>
#include <vector>

#include "src/smtpd/why.hpp"
#include "src/text/source.hpp"

namespace postlint::report {

/// One object of the form "postlint.why/1" (docs/schema/why.schema.json), with a line feed.
std::string why_json(const std::vector<smtpd::RefusalGroup>& groups,
                     const text::SourceStore& sources);

/// What a person reads: each group with what happened, where it was decided and why, what would
/// have to be true, and fixes with their risk. `count`: say how often each came.
std::string why_text(const std::vector<smtpd::RefusalGroup>& groups,
                     const text::SourceStore& sources, bool color);

}  // namespace postlint::report
