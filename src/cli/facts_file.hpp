#pragma once

#include <string>

#include "src/smtpd/facts.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// Reads a --facts file (docs/schema/facts.schema.json). The error names the file and the line or
/// the key.
Result<smtpd::Facts> read_facts(const std::string& path);

/// The same from text: `path` is for messages.
Result<smtpd::Facts> parse_facts(const std::string& path, const std::string& json);

}  // namespace postlint::cli
