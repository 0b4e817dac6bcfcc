#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/engine/finding.hpp"
#include "src/engine/rule.hpp"

namespace postlint::engine {

/// What the engine itself says of `# postlint:` comments. Their rule files under rules/suppress
/// give them a place in the catalogue; they have no hooks.
inline constexpr RuleInfo unused_suppression{.id = "suppress/unused",
                                             .title = "a suppression hides nothing"};
inline constexpr RuleInfo expired_suppression{.id = "suppress/expired",
                                              .title = "a suppression is past its until= date"};
inline constexpr RuleInfo unknown_rule_suppression{
    .id = "suppress/unknown-rule", .title = "a suppression names a rule that does not exist"};
inline constexpr RuleInfo missing_reason_suppression{.id = "suppress/missing-reason",
                                                     .title = "a suppression gives no reason"};
inline constexpr RuleInfo missing_until_suppression{
    .id = "suppress/missing-until",
    .title = "a suppression of relay/open-relay has no until= date"};
inline constexpr RuleInfo malformed_suppression{.id = "suppress/malformed",
                                                .title = "a postlint comment cannot be understood"};

struct SuppressionInput {
  std::span<const Rule* const> all;     // to tell unknown rules
  std::span<const Rule* const> active;  // only these can be unused, or be reported
  std::string today;                    // "2026-11-23"
};

/// Takes the findings that `# postlint:` comments of main.cf, master.cf and the tables that were
/// read hide out of `findings`, and adds what is wrong with those comments. Returns how many
/// findings were hidden.
std::size_t apply_suppressions(const model::Workspace& workspace, const SuppressionInput& input,
                               std::vector<Finding>& findings);

}  // namespace postlint::engine
