#pragma once

#include <string>
#include <vector>

#include "src/smtpd/relay.hpp"
#include "src/text/source.hpp"

namespace postlint::report {

/// One object of the form "postlint.relay/1" (docs/schema/relay.schema.json).
std::string relay_json(const std::vector<smtpd::RelayAnalysis>& services,
                       const text::SourceStore& sources);

/// What a person reads: verdict, witnesses as requests, who is trusted, the matrix.
std::string relay_text(const std::vector<smtpd::RelayAnalysis>& services,
                       const text::SourceStore& sources, bool color);

}  // namespace postlint::report
