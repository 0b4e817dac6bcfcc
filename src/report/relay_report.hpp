#pragma once

#include <string>
#include <string_view>
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

/// What a verdict means, in a sentence without a full stop.
std::string_view relay_meaning(smtpd::RelayVerdict verdict);

/// One page for a browser: it loads nothing, runs nothing, and is light or dark as the reader's
/// system is. `directory`: as given; `version`: "3.7".
std::string relay_html(const std::vector<smtpd::RelayAnalysis>& services,
                       const text::SourceStore& sources, const std::string& directory,
                       const std::string& version);

}  // namespace postlint::report
