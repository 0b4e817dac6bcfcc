#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "src/engine/coverage.hpp"
#include "src/engine/finding.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/selection.hpp"
#include "src/model/workspace.hpp"

namespace postlint::engine {

struct CheckSettings {
  std::span<const Rule* const> all;                        // the whole catalogue
  std::span<const Rule* const> active;                     // what select_rules() chose
  std::vector<std::pair<std::string, Severity>> severity;  // rule id or category, new severity
  bool suppressions = true;
  std::string today;  // "2026-11-23": for until= dates
  /// What rules ask for with sink.shared() and no configuration holds.
  SharedValues given = {};
};

/// What is wrong with one configuration, and what could not be seen.
struct CheckResult {
  std::vector<Finding> findings;
  std::size_t suppressed = 0;
  std::vector<TableCoverage> tables;
  bool has_master = true;
};

/// Runs rules, suppressions and severities over one loaded configuration.
CheckResult check(const model::Workspace& workspace, const CheckSettings& settings);

/// Number of findings of each severity; those that are only `possible` are counted as notes.
struct Tally {
  std::array<std::size_t, 4> by_severity{};
  std::size_t notes = 0;

  void add(const Finding& finding);
  Tally& operator+=(const Tally& other);
  [[nodiscard]] std::size_t of(Severity severity) const {
    return by_severity[static_cast<std::size_t>(severity)];
  }
  /// Is there a finding at or above `level`?
  [[nodiscard]] bool reaches(Severity level) const;
};

}  // namespace postlint::engine
