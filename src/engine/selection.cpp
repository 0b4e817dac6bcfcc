#include "src/engine/selection.hpp"

#include <algorithm>

#include "src/text/did_you_mean.hpp"

namespace postlint::engine {

bool matches(std::string_view pattern, std::string_view rule_id) {
  if (pattern == "all" || pattern == rule_id) return true;
  if (pattern.ends_with("/*")) pattern.remove_suffix(2);
  return pattern == rule_id.substr(0, rule_id.find('/'));
}

std::optional<Severity> parse_severity(std::string_view text) {
  for (const Severity each :
       {Severity::error, Severity::warning, Severity::info, Severity::style}) {
    if (text == name_of(each)) return each;
  }
  return std::nullopt;
}

std::optional<Persona> parse_persona(std::string_view text) {
  for (const Persona each : {Persona::regular, Persona::pedantic, Persona::auditor}) {
    if (text == name_of(each)) return each;
  }
  return std::nullopt;
}

namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view id) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, id); });
}

bool is_selected(const RuleSettings& settings, const RuleInfo& info) {
  if (any_matches(settings.ignore, info.id)) return false;
  if (settings.select.empty()) return info.persona <= settings.persona;
  // A rule that is named outright runs whatever its persona; a category means the persona's share.
  const auto& select = settings.select;
  if (std::find(select.begin(), select.end(), info.id) != select.end()) return true;
  return any_matches(select, info.id) && info.persona <= settings.persona;
}

std::optional<Error> check_pattern(std::span<const Rule* const> rules, const std::string& pattern) {
  const bool known =
      pattern == "all" || std::any_of(rules.begin(), rules.end(),
                                      [&](const Rule* r) { return matches(pattern, r->info.id); });
  if (known) return std::nullopt;
  const std::string_view near = nearest_rule(rules, pattern);
  std::string hint = near.empty() ? "see `postlint rules`" : "did you mean " + std::string(near);
  return Error{"there is no rule or category '" + pattern + "'; " + hint};
}

}  // namespace

Result<std::vector<const Rule*>> select_rules(std::span<const Rule* const> rules,
                                              const RuleSettings& settings) {
  for (const auto* list : {&settings.select, &settings.ignore}) {
    for (const std::string& pattern : *list) {
      if (auto error = check_pattern(rules, pattern)) return *error;
    }
  }
  for (const auto& [pattern, severity] : settings.severity) {
    if (auto error = check_pattern(rules, pattern)) return *error;
  }
  std::vector<const Rule*> selected;
  for (const Rule* rule : rules) {
    if (is_selected(settings, rule->info)) selected.push_back(rule);
  }
  return selected;
}

const Rule* find_rule(std::span<const Rule* const> rules, std::string_view id) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const Rule* rule) { return rule->info.id == id; });
  return found == rules.end() ? nullptr : *found;
}

std::string_view nearest_rule(std::span<const Rule* const> rules, std::string_view id) {
  const auto slug_of = [](const Rule* rule) {
    return rule->info.id.substr(rule->info.id.find('/') + 1);
  };
  text::DidYouMean by_id(id);
  text::DidYouMean by_slug(id);
  for (const Rule* rule : rules) {
    by_id.offer(rule->info.id);
    by_slug.offer(slug_of(rule));
  }
  if (!by_id.best().empty() || by_slug.best().empty()) return by_id.best();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule* rule) {
    return slug_of(rule) == by_slug.best();
  });
  return (*found)->info.id;
}

}  // namespace postlint::engine
