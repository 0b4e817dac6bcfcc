#pragma once

#include <span>
#include <string_view>

#include "src/engine/rule.hpp"

namespace postlint {

using engine::Rule;

/// Every rule, sorted by category and file name. Written by CMake from the files under rules/.
std::span<const Rule* const> all_rules();

/// The text of one rule's page (rules/<category>/<slug>.md), compiled in.
struct RuleDocument {
  std::string_view id;  // "relay/open-relay"
  std::string_view markdown;
};

/// Sorted by id.
std::span<const RuleDocument> rule_documents();

}  // namespace postlint
