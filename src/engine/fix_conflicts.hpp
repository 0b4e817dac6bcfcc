#pragma once

#include <vector>

#include "src/engine/finding.hpp"

namespace postlint::engine {

/// Whoever applies all safe fixes must not meet two that change the same text in different ways:
/// the one of the graver finding stays, of equal ones the first.
void drop_conflicting_fixes(std::vector<Finding>& findings);

}  // namespace postlint::engine
