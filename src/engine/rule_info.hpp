#pragma once

#include <cstdint>
#include <string_view>

#include "src/database/version.hpp"

namespace postlint::engine {

/// Highest first: a smaller value is more serious.
enum class Severity : std::uint8_t { error, warning, info, style };
/// How sure a finding is. `possible` ones are shown as notes and never fail a run unless asked.
enum class Confidence : std::uint8_t { certain, likely, possible };
/// Who wants to hear of it: everybody, the tidy, or somebody who audits a host.
enum class Persona : std::uint8_t { regular, pedantic, auditor };

/// What is known of a rule before it runs. Always constexpr, at the top of the rule's file.
struct RuleInfo {
  std::string_view id;     // "category/slug": the slug names the bad pattern, with dashes
  std::string_view title;  // one line of the catalogue, no full stop
  Severity severity = Severity::warning;
  Confidence confidence = Confidence::certain;  // a finding may lower it
  Persona persona = Persona::regular;
  database::Version since{};          // first release to which the rule applies
  bool needs_master = false;          // off where there is no master.cf
  std::string_view subsumed_by = {};  // rule whose finding for the same item makes this one moot

  [[nodiscard]] constexpr std::string_view category() const { return id.substr(0, id.find('/')); }
};

std::string_view name_of(Severity severity);
std::string_view name_of(Confidence confidence);
std::string_view name_of(Persona persona);

}  // namespace postlint::engine
