#pragma once

#include <string>
#include <string_view>

#include "src/engine/finding.hpp"

namespace postlint::engine {

/// Identifies a finding over time: 16 hexadecimal digits of the configuration's path, the rule, the
/// service, the parameter and the offending item. Holds no line numbers, so that edits elsewhere
/// do not change it.
std::string fingerprint(const Finding& finding, std::string_view configuration);

}  // namespace postlint::engine
