#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/cli/options.hpp"
#include "src/database/database.hpp"
#include "src/engine/site_config.hpp"
#include "src/model/workspace.hpp"
#include "src/smtpd/facts.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// What applies to one configuration: options first, then its site configuration.
struct ConfigurationSettings {
  std::shared_ptr<const database::Database> database;
  bool version_assumed = false;
  std::shared_ptr<const engine::SiteConfig> site;
  model::LoadOptions load;
};

/// Resolves options, site configurations, facts and databases; reads each file once. Errors are
/// mistakes of the user: exit 2.
class Session {
 public:
  /// `site_config`: a file instead of the one that is looked for; `no_site_config`: none at all.
  explicit Session(const CommonOptions& common, std::string site_config = {},
                   bool no_site_config = false);

  Result<ConfigurationSettings> settings_for(const std::string& directory);

  /// The database of a version as --postfix-version and --database have it.
  Result<std::shared_ptr<const database::Database>> database(
      const std::optional<std::string>& version);

  /// The --facts file, or no facts.
  Result<smtpd::Facts> facts();

 private:
  Result<std::shared_ptr<const engine::SiteConfig>> site_for(const std::string& directory);
  Result<model::HostFacts> host_for(const std::string& directory, const engine::SiteConfig& site);

  const CommonOptions& common_;
  std::string site_config_;
  bool no_site_config_;
  std::optional<smtpd::Facts> facts_;
  std::map<std::string, std::shared_ptr<const engine::SiteConfig>> sites_;
  std::map<std::string, std::shared_ptr<const database::Database>> databases_;
};

}  // namespace postlint::cli
