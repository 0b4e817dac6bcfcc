#include "src/cli/site_policy.hpp"

#include <algorithm>

#include "src/engine/registry.hpp"
#include "src/smtpd/assertion.hpp"

namespace postlint::cli {

namespace {

constexpr std::string_view asserting_rule = "policy/failed-assertion";

}  // namespace

Result<SitePolicy> site_policy(const engine::SiteConfig& site,
                               const std::vector<std::string>& assertions,
                               const smtpd::Facts& facts) {
  std::vector<std::pair<std::string, std::string>> all = site.policy.assertions;
  for (const std::string& text : assertions) all.emplace_back(text, "--assert");
  smtpd::AssertedPolicy asserted;
  for (auto& [text, place] : all) {
    auto parsed = smtpd::parse_assertion(text, place);
    if (!parsed) return parsed.error();
    asserted.assertions.push_back(std::move(*parsed));
  }
  SitePolicy policy;
  policy.asserts = !asserted.assertions.empty();
  asserted.facts = facts;
  policy.values.set(site.policy);
  policy.values.set(std::move(asserted));
  return policy;
}

void add_asserting_rule(const SitePolicy& policy, const engine::RuleSettings& settings,
                        std::vector<const engine::Rule*>& active) {
  const engine::Rule* const rule = engine::find_rule(all_rules(), asserting_rule);
  const bool ignored = std::any_of(
      settings.ignore.begin(), settings.ignore.end(),
      [](const std::string& pattern) { return engine::matches(pattern, asserting_rule); });
  if (!policy.asserts || ignored || rule == nullptr) return;
  if (std::find(active.begin(), active.end(), rule) == active.end()) active.push_back(rule);
}

}  // namespace postlint::cli
