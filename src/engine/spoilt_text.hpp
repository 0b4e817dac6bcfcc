#pragma once

#include <vector>

#include "src/engine/finding.hpp"

namespace postlint::engine {

/// Drops what other rules say of text that nobody meant (Finding::spoilt), and of the absence of
/// parameters whose lines hold such text.
void drop_spoilt(std::vector<Finding>& findings);

}  // namespace postlint::engine
