#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/text/result.hpp"

namespace postlint::engine {

/// Which rules run, and how loud they are: options and site configuration together.
struct RuleSettings {
  std::vector<std::string> select;  // rule ids, categories, "all"; empty: all of the persona
  std::vector<std::string> ignore;
  Persona persona = Persona::regular;
  std::vector<std::pair<std::string, Severity>> severity;  // rule id or category, new severity
};

/// "relay/open-relay", "relay", "relay/*", "all".
bool matches(std::string_view pattern, std::string_view rule_id);

std::optional<Severity> parse_severity(std::string_view text);
std::optional<Persona> parse_persona(std::string_view text);

/// The rules to run. The error names the pattern that matches no rule, and the nearest one.
Result<std::vector<const Rule*>> select_rules(std::span<const Rule* const> rules,
                                              const RuleSettings& settings);

/// A rule by its id, or null.
const Rule* find_rule(std::span<const Rule* const> rules, std::string_view id);

/// The nearest id to a misspelt one; empty: none is near.
std::string_view nearest_rule(std::span<const Rule* const> rules, std::string_view id);

}  // namespace postlint::engine
