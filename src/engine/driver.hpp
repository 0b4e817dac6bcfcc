#pragma once

#include <span>
#include <vector>

#include "src/engine/finding.hpp"
#include "src/engine/rule.hpp"
#include "src/model/workspace.hpp"

namespace postlint::engine {

/// Everything that the rules find in one configuration: merged where several services share one
/// mistake, and sorted by file, place and rule. Suppressions and baselines come later.
/// `given`: what the caller knows and rules ask for with sink.shared().
std::vector<Finding> run_rules(const model::Workspace& workspace,
                               std::span<const Rule* const> rules, SharedValues given = {});

/// The order of all output: path, place, rule, service, item.
void sort_findings(std::vector<Finding>& findings, const text::SourceStore& sources);

}  // namespace postlint::engine
