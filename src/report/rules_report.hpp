#pragma once

#include <span>
#include <string>

#include "src/engine/rule.hpp"

namespace postlint::report {

/// The catalogue: a table for a terminal, {"schema": "postlint.rules/1", "rules": [...]}, and
/// Markdown.
std::string rules_text(std::span<const engine::Rule* const> rules);
std::string rules_json(std::span<const engine::Rule* const> rules);
std::string rules_markdown(std::span<const engine::Rule* const> rules);

}  // namespace postlint::report
