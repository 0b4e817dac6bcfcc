#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/database/version.hpp"
#include "src/engine/check.hpp"
#include "src/model/workspace.hpp"
#include "src/report/style.hpp"

namespace postlint::report {

/// One checked configuration, as the formats need it.
struct CheckedConfiguration {
  const model::Workspace& workspace;
  const engine::CheckResult& result;
  /// Path that goes into fingerprints: relative to the baseline where there is one.
  std::string identity;
};

/// The findings of one configuration, each with its snippet, as a reader wants them.
std::string check_text(const CheckedConfiguration& checked, const Style& style);

/// file:line:col: severity: message [rule]
std::string check_gcc(const CheckedConfiguration& checked);

/// What the summary of a run speaks of.
struct CheckSummary {
  engine::Tally tally;
  std::size_t suppressed = 0;
  std::size_t baselined = 0;
  std::size_t configurations = 0;
  database::Version version;
  bool version_assumed = false;
};

/// Last lines of the text format: how many findings, what was not seen, what was assumed.
std::string coverage_text(const CheckedConfiguration& checked);
std::string summary_text(const CheckSummary& summary, const Style& style);

/// Pieces of "postlint.check/1": made one configuration at a time, joined at the end.
struct JsonPieces {
  std::vector<std::string> findings;        // JSON objects
  std::vector<std::string> tables;          // JSON objects
  std::vector<std::string> without_master;  // directories
};
void add_json(const CheckedConfiguration& checked, JsonPieces& pieces);

/// Files and directories that could not be checked, each with the reason.
std::string check_json(const JsonPieces& pieces, const CheckSummary& summary,
                       const std::vector<std::string>& errors,
                       const std::vector<std::string>& gone_from_baseline);

}  // namespace postlint::report
