#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/engine/config_diff.hpp"
#include "src/model/workspace.hpp"
#include "src/smtpd/access_diff.hpp"

namespace postlint::report {

/// Everything in which two configurations differ, for the formats.
struct DiffReport {
  const model::Workspace& before;
  const model::Workspace& after;
  std::string before_name;  // as given
  std::string after_name;
  engine::ConfigDiff config;
  std::vector<engine::FindingChange> appeared;
  std::vector<engine::FindingChange> gone;
  std::vector<smtpd::AccessDiff> access;  // one a service

  [[nodiscard]] bool any(smtpd::Direction direction) const;
  [[nodiscard]] bool empty() const;
};

/// What a person reads; empty where nothing differs.
std::string diff_text(const DiffReport& report, bool color);

/// One object of the form "postlint.diff/1" (docs/schema/diff.schema.json).
std::string diff_json(const DiffReport& report);

/// For a comment on a pull request.
std::string diff_markdown(const DiffReport& report);

}  // namespace postlint::report
