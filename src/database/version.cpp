#include "src/database/version.hpp"

#include <algorithm>

#include "src/database/parameter_row.hpp"
#include "src/database/tables.hpp"

namespace postlint::database {

std::optional<Version> parse_version(std::string_view text) {
  if (text.starts_with('<')) return std::nullopt;
  auto version = parse_release(text);
  if (!version) return std::nullopt;
  const tables::Release* newest = nullptr;
  for (const auto& release : tables::releases)
    if (release.version.same_branch(*version)) newest = &release;
  if (!newest) return std::nullopt;
  const bool names_patch = std::count(text.begin(), text.end(), '.') == 2;
  return names_patch ? version : newest->version;
}

Version newest_version() { return tables::releases.back().version; }

const std::vector<Version>& branches() {
  static const std::vector<Version> all = [] {
    std::vector<Version> newest;
    for (const auto& release : tables::releases) {
      if (!newest.empty() && newest.back().same_branch(release.version)) newest.pop_back();
      newest.push_back(release.version);
    }
    return newest;
  }();
  return all;
}

std::string branch_text(Version version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string full_text(Version version) {
  return branch_text(version) + "." + std::to_string(version.patch);
}

}  // namespace postlint::database
