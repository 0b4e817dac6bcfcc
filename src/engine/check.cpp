#include "src/engine/check.hpp"

#include "src/engine/driver.hpp"
#include "src/engine/suppressions.hpp"

namespace postlint::engine {

namespace {

void set_severities(const CheckSettings& settings, std::vector<Finding>& findings) {
  for (Finding& finding : findings) {
    for (const auto& [pattern, severity] : settings.severity) {
      if (matches(pattern, finding.rule->id)) finding.severity = severity;
    }
  }
}

}  // namespace

CheckResult check(const model::Workspace& workspace, const CheckSettings& settings) {
  CheckResult result;
  result.has_master = workspace.master() != nullptr;
  result.findings = run_rules(workspace, settings.active, settings.given);
  result.tables = table_coverage(workspace);
  if (settings.suppressions) {
    const SuppressionInput input{settings.all, settings.active, settings.today};
    result.suppressed = apply_suppressions(workspace, input, result.findings);
  }
  set_severities(settings, result.findings);
  sort_findings(result.findings, workspace.sources());
  return result;
}

void Tally::add(const Finding& finding) {
  if (finding.counts()) {
    ++by_severity[static_cast<std::size_t>(finding.severity)];
  } else {
    ++notes;
  }
}

Tally& Tally::operator+=(const Tally& other) {
  for (std::size_t at = 0; at < by_severity.size(); ++at) by_severity[at] += other.by_severity[at];
  notes += other.notes;
  return *this;
}

bool Tally::reaches(Severity level) const {
  for (std::size_t at = 0; at <= static_cast<std::size_t>(level); ++at) {
    if (by_severity[at] != 0) return true;
  }
  return false;
}

}  // namespace postlint::engine
