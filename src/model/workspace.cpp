#include "src/model/workspace.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <unordered_map>

#include "grammar/restriction_list.hpp"

namespace postlint::model {

struct Workspace::State {
  const database::Database* database = nullptr;
  LoadOptions options;
  text::SourceStore sources;
  std::optional<MainCf> main;
  std::optional<MasterCf> master;
  std::unique_ptr<EffectiveConfig> config;
  std::string master_error;
  std::vector<Service> services;
  std::map<std::string, TableFile, std::less<>> tables;
};

namespace {

/// Why the path leads nowhere, as strerror(3) says it; empty: it leads to something.
std::string why_absent(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? "" : std::strerror(errno);
}

bool exists(const std::string& path) { return why_absent(path).empty(); }

std::string join(const std::string& directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  return directory.ends_with('/') ? directory + std::string(name)
                                  : directory + "/" + std::string(name);
}

/// What is left of `path` below `prefix` (a directory), if it lies there.
std::optional<std::string_view> below(std::string_view path, std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty()) return path;
  if (path.front() != '/') return std::nullopt;
  return path.substr(1);
}

/// The name under which a file is shown.
std::string shown_path(const std::string& path, const LoadOptions& options) {
  const auto rest = options.shown_as.empty() ? std::nullopt : below(path, options.directory);
  if (!rest) return path;
  const bool joined = options.shown_as.ends_with(':') || options.shown_as.ends_with('/');
  return options.shown_as + (joined ? "" : "/") + std::string(*rest);
}

struct Place {
  std::string path;
  bool authoritative = false;
};

/// Daemons run in the queue directory.
std::string absolute(std::string_view path, const EffectiveConfig& config) {
  if (path.starts_with('/')) return std::string(path);
  return join(std::string(config.text("queue_directory")), path);
}

/// Where a path of the configuration leads on this machine; nothing: not to be looked for.
std::optional<Place> locate(std::string_view path, const LoadOptions& options,
                            std::string_view config_directory) {
  for (const auto& [from, to] : options.paths.map) {
    if (const auto rest = below(path, from)) {
      return Place{rest->empty() ? to : join(to, *rest), true};
    }
  }
  if (!options.paths.root.empty()) return Place{options.paths.root + std::string(path), true};
  const bool lives_in_etc = options.directory == "/etc" || options.directory.starts_with("/etc/");
  const std::string_view own = options.directory;
  for (const std::string_view home : {std::string_view("/etc/postfix"), config_directory, own}) {
    const auto rest = home.empty() ? std::nullopt : below(path, home);
    if (!rest || rest->empty()) continue;
    const std::string candidate = join(options.directory, *rest);
    if (exists(candidate) || !lives_in_etc) return Place{candidate, false};
  }
  if (lives_in_etc) return Place{std::string(path), true};
  return std::nullopt;
}

/// master_service_disable: "name/type", "type", "name.type", with "!" for exceptions.
bool is_disabled(const MasterEntry& entry, std::string_view patterns) {
  for (const grammar::Word& word : grammar::parse_restriction_list(patterns).words) {
    std::string_view pattern = grammar::slice(patterns, word.range);
    bool wanted = true;
    while (pattern.starts_with('!')) {
      wanted = !wanted;
      pattern.remove_prefix(1);
    }
    const std::string name = entry.display_name();
    std::string dotted = name;
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    if (pattern == name || pattern == dotted || pattern == entry.field(Field::type)) return wanted;
  }
  return false;
}

}  // namespace

std::string Service::name() const { return entry != nullptr ? entry->display_name() : "smtp/inet"; }

bool Service::is_smtpd() const { return entry == nullptr || entry->is_smtpd(); }

Workspace::Workspace(std::unique_ptr<State> state) : state_(std::move(state)) {}
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
Workspace::~Workspace() = default;

namespace {

std::vector<Service> make_services(const database::Database& database, const MainCf& main,
                                   const std::optional<MasterCf>& master,
                                   const EffectiveConfig& config, const HostFacts& host) {
  std::vector<Service> services;
  if (!master) {
    services.push_back({nullptr, std::make_unique<EffectiveConfig>(database, main, nullptr, host)});
    return services;
  }
  std::unordered_map<std::string, const MasterEntry*> last;
  for (const MasterEntry& entry : master->entries) last[entry.identity()] = &entry;
  const std::string_view disabled = config.text("master_service_disable");
  for (const MasterEntry& entry : master->entries) {
    if (last[entry.identity()] != &entry || is_disabled(entry, disabled)) continue;
    services.push_back({&entry, std::make_unique<EffectiveConfig>(database, main, &entry, host)});
  }
  return services;
}

}  // namespace

text::FileId Workspace::add_source(State& state, const std::string& path, std::string bytes) {
  return state.sources.add(shown_path(path, state.options), std::move(bytes));
}

Result<Workspace> Workspace::load(const database::Database& database, LoadOptions options) {
  auto state = std::make_unique<State>();
  state->database = &database;
  state->options = std::move(options);
  const std::string& directory = state->options.directory;
  if (state->options.main_cf_text) {
    const text::FileId id = state->sources.add("-", std::move(*state->options.main_cf_text));
    state->main.emplace(parse_main_cf(state->sources, id));
  } else {
    const std::string path = join(directory, "main.cf");
    auto bytes = text::read_file(path);
    if (!bytes) return bytes.error();
    const text::FileId main = add_source(*state, path, std::move(*bytes));
    state->main.emplace(parse_main_cf(state->sources, main));
    const std::string master_path = join(directory, "master.cf");
    if (exists(master_path)) {
      auto master_bytes = text::read_file(master_path);
      if (master_bytes) {
        const text::FileId id = add_source(*state, master_path, std::move(*master_bytes));
        state->master = parse_master_cf(state->sources, id);
      } else if (state->options.tolerate_unreadable_master) {
        state->master_error = master_bytes.error().message;
      } else {
        return master_bytes.error();
      }
    }
  }
  state->config =
      std::make_unique<EffectiveConfig>(database, *state->main, nullptr, state->options.host);
  state->services =
      make_services(database, *state->main, state->master, *state->config, state->options.host);
  return Workspace(std::move(state));
}

const database::Database& Workspace::database() const { return *state_->database; }
const text::SourceStore& Workspace::sources() const { return state_->sources; }
const std::string& Workspace::directory() const { return state_->options.directory; }
const MainCf& Workspace::main() const { return *state_->main; }
const MasterCf* Workspace::master() const { return state_->master ? &*state_->master : nullptr; }
const std::string& Workspace::master_error() const { return state_->master_error; }
const EffectiveConfig& Workspace::config() const { return *state_->config; }
const std::vector<Service>& Workspace::services() const { return state_->services; }
const HostFacts& Workspace::host() const { return state_->options.host; }

const std::optional<std::string>& Workspace::mail_name() const {
  return host().mail_name ? host().mail_name : host().name;
}

const TableFile& Workspace::table_file(std::string_view path) const {
  if (const auto known = state_->tables.find(path); known != state_->tables.end()) {
    return known->second;
  }
  const std::string full = absolute(path, config());
  TableFile table;
  const auto place = locate(full, state_->options, config().text("config_directory"));
  const std::string absence = place ? why_absent(place->path) : "";
  const bool exists_here = place && absence.empty();
  if (!exists_here && full == mail_name_file && mail_name()) {
    table.status = TableFile::Status::read;
    table.path = full;
    table.file = state_->sources.add(full + " (host facts)", *mail_name() + "\n");
  } else if (!place) {
    table.status = TableFile::Status::not_looked_for;
  } else if (!exists_here) {
    table.path = place->path;
    table.authoritative = place->authoritative;
    table.reason = absence;
  } else {
    table.path = place->path;
    table.authoritative = place->authoritative;
    auto bytes = text::read_file(place->path);
    table.status = bytes ? TableFile::Status::read : TableFile::Status::unreadable;
    if (bytes) table.file = add_source(*state_, place->path, std::move(*bytes));
    if (!bytes) table.reason = bytes.error().message;
  }
  return state_->tables.emplace(std::string(path), std::move(table)).first->second;
}

bool Workspace::certainly_missing(std::string_view path) const {
  const auto place =
      locate(absolute(path, config()), state_->options, config().text("config_directory"));
  return place && place->authoritative && !exists(place->path);
}

std::vector<std::pair<std::string, const TableFile*>> Workspace::table_files() const {
  std::vector<std::pair<std::string, const TableFile*>> files;
  for (const auto& [path, table] : state_->tables) files.emplace_back(path, &table);
  return files;
}

}  // namespace postlint::model
