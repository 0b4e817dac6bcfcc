#include "src/cli/session.hpp"

#include <cstdlib>

#include "src/cli/facts_file.hpp"
#include "src/cli/host.hpp"
#include "src/text/source.hpp"

namespace postlint::cli {

namespace {

/// Only the machine's own configuration speaks of the machine.
bool is_own_configuration(const std::string& directory) { return directory == "/etc/postfix"; }

}  // namespace

Session::Session(const CommonOptions& common, std::string site_config, bool no_site_config)
    : common_(common), site_config_(std::move(site_config)), no_site_config_(no_site_config) {}

Result<smtpd::Facts> Session::facts() {
  if (!facts_) {
    if (common_.facts.empty()) {
      facts_.emplace();
    } else {
      auto read = read_facts(common_.facts);
      if (!read) return read.error();
      facts_ = std::move(*read);
    }
  }
  return *facts_;
}

Result<std::shared_ptr<const database::Database>> Session::database(
    const std::optional<std::string>& version) {
  const std::string text = version.value_or("");
  if (const auto known = databases_.find(text); known != databases_.end()) return known->second;
  const auto parsed = version ? database::parse_version(text) : database::newest_version();
  if (!parsed) {
    return Error{"'" + text + "' is no release of Postfix that postlint knows (2.9 to " +
                 database::branch_text(database::newest_version()) + ")"};
  }
  auto made = std::make_shared<database::Database>(*parsed, common_.packaging);
  for (const std::string& path : common_.databases) {
    const auto bytes = text::read_file(path);
    if (!bytes) return bytes.error();
    if (const auto added = made->add_rows(path, *bytes); !added) return added.error();
  }
  return databases_.emplace(text, std::move(made)).first->second;
}

Result<std::shared_ptr<const engine::SiteConfig>> Session::site_for(const std::string& directory) {
  const std::string path = no_site_config_         ? ""
                           : !site_config_.empty() ? site_config_
                                                   : engine::find_site_config(directory);
  if (const auto known = sites_.find(path); known != sites_.end()) return known->second;
  auto site = std::make_shared<engine::SiteConfig>();
  if (!path.empty()) {
    const auto bytes = text::read_file(path);
    if (!bytes) return bytes.error();
    auto parsed = engine::parse_site_config(path, *bytes);
    if (!parsed) return parsed.error();
    *site = std::move(*parsed);
  }
  return sites_.emplace(path, std::move(site)).first->second;
}

Result<model::HostFacts> Session::host_for(const std::string& directory,
                                           const engine::SiteConfig& site) {
  auto told = facts();
  if (!told) return told.error();
  model::HostFacts host{told->host_name, told->host_addresses, told->mail_name};
  const bool ask = common_.this_host || is_own_configuration(directory);
  const model::HostFacts machine = ask ? ask_this_host() : model::HostFacts{};
  for (const model::HostFacts* source : {&site.host, &machine}) {
    if (!host.name) host.name = source->name;
    if (!host.addresses) host.addresses = source->addresses;
  }
  return host;
}

Result<ConfigurationSettings> Session::settings_for(const std::string& directory) {
  auto site = site_for(directory == "-" ? "." : directory);
  if (!site) return site.error();
  ConfigurationSettings settings;
  settings.site = *site;
  const engine::SiteConfig& chosen = **site;
  const auto version = common_.postfix_version ? common_.postfix_version : chosen.postfix_version;
  settings.version_assumed = !version;
  auto found = database(version);
  if (!found) return found.error();
  settings.database = *found;
  auto host = host_for(directory, chosen);
  if (!host) return host.error();
  settings.load.directory = directory;
  settings.load.host = std::move(*host);
  settings.load.paths.root = common_.root.empty() ? chosen.root : common_.root;
  settings.load.paths.map = common_.map;
  settings.load.paths.map.insert(settings.load.paths.map.end(), chosen.map.begin(),
                                 chosen.map.end());
  return settings;
}

}  // namespace postlint::cli
