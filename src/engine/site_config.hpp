#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/engine/policy.hpp"
#include "src/engine/selection.hpp"
#include "src/model/effective_config.hpp"
#include "src/text/result.hpp"

namespace postlint::engine {

/// What a site says in .postlint.toml. Options of the command line win.
struct SiteConfig {
  std::string path;  // of the file; empty: there is none
  std::optional<std::string> postfix_version;
  RuleSettings rules;
  bool persona_given = false;
  std::optional<std::string> fail_on;  // as --fail-on
  std::string root;
  std::vector<std::pair<std::string, std::string>> map;
  model::HostFacts host;
  Policy policy;
};

inline constexpr std::string_view site_config_name = ".postlint.toml";

/// The nearest .postlint.toml at or above `directory`, up to the root of the repository (the
/// directory that holds .git). Empty: there is none.
std::string find_site_config(const std::string& directory);

/// Reads one. The error names file, line and key; an unknown key is an error, too.
Result<SiteConfig> parse_site_config(const std::string& path, std::string_view text);

}  // namespace postlint::engine
