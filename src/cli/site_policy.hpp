#pragma once

#include <string>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/selection.hpp"
#include "src/engine/site_config.hpp"
#include "src/smtpd/facts.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// What a site wants to hold, ready for the rules that check it.
struct SitePolicy {
  engine::SharedValues values;  // engine::Policy, smtpd::AssertedPolicy
  bool asserts = false;         // there are assertions
};

/// The policy of a site configuration, with the assertions of the command line (--assert). The
/// error names the assertion that cannot be understood, and where it stands.
Result<SitePolicy> site_policy(const engine::SiteConfig& site,
                               const std::vector<std::string>& assertions,
                               const smtpd::Facts& facts);

/// Assertions are checked whatever rules are selected, unless `settings` ignores the rule.
void add_asserting_rule(const SitePolicy& policy, const engine::RuleSettings& settings,
                        std::vector<const engine::Rule*>& active);

}  // namespace postlint::cli
