#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/database/database.hpp"
#include "src/model/effective_config.hpp"
#include "src/model/main_cf.hpp"
#include "src/model/master_cf.hpp"
#include "src/text/result.hpp"
#include "src/text/source.hpp"

namespace postlint::model {

/// Where the paths inside a configuration lead on this machine (--map, --root).
struct PathMapping {
  std::vector<std::pair<std::string, std::string>> map;  // FROM=TO, first match of a prefix wins
  std::string root;                                      // empty: none
};

struct LoadOptions {
  std::string directory;                    // as given by the user
  std::optional<std::string> main_cf_text;  // `check -`: main.cf from standard input
  PathMapping paths;
  HostFacts host;
  /// A master.cf that cannot be read counts as absent (see Workspace::master_error), so that
  /// main.cf is looked at all the same.
  bool tolerate_unreadable_master = false;
  /// How the directory is called in messages, where its files are copies ("v1.2:etc/postfix");
  /// empty: as `directory`.
  std::string shown_as = {};
};

/// One program instance of master.cf and what it sees.
struct Service {
  const MasterEntry* entry = nullptr;  // null: no master.cf, a plain smtp/inet is assumed
  std::unique_ptr<EffectiveConfig> config;

  [[nodiscard]] std::string name() const;  // "smtp/inet"
  [[nodiscard]] bool is_smtpd() const;
};

/// The text behind a table or an included list file.
struct TableFile {
  enum class Status : std::uint8_t { read, missing, not_looked_for, unreadable };
  Status status = Status::missing;
  std::string path;  // where it was looked for on this machine, if it was
  text::FileId file = text::no_file;
  std::string reason;
  /// The place is the one that the server uses (--map, --root, a directory under /etc): a file
  /// that is missing there is missing. Otherwise it may only not lie in this checkout.
  bool authoritative = false;
};

/// One configuration directory with everything read from it. Owns all text; every view and span
/// of a run refers into it. Table files are read at the first request and kept.
class Workspace {
 public:
  /// Fails only where main.cf (or an existing master.cf that is not to be tolerated) cannot be
  /// read.
  static Result<Workspace> load(const database::Database& database, LoadOptions options);

  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  ~Workspace();

  [[nodiscard]] const database::Database& database() const;
  [[nodiscard]] const text::SourceStore& sources() const;
  [[nodiscard]] const std::string& directory() const;
  [[nodiscard]] const MainCf& main() const;
  [[nodiscard]] const MasterCf* master() const;  // null: there is no master.cf
  /// Why an existing master.cf could not be read, with its name; empty: it could, or there is none.
  [[nodiscard]] const std::string& master_error() const;
  /// What main.cf alone says (programs outside master.cf, and services without -o).
  [[nodiscard]] const EffectiveConfig& config() const;
  /// Services in file order, those that a later duplicate replaces left out.
  [[nodiscard]] const std::vector<Service>& services() const;
  [[nodiscard]] const HostFacts& host() const;
  /// What table_file() takes /etc/mailname (Debian) to hold where there is no such file: as the
  /// facts say, else the host's name, as Debian installs it.
  [[nodiscard]] const std::optional<std::string>& mail_name() const;
  static constexpr std::string_view mail_name_file = "/etc/mailname";

  /// The file behind a path in the configuration ("/etc/postfix/access"), following --map,
  /// --root, the linted directory, then its literal place (product contract).
  [[nodiscard]] const TableFile& table_file(std::string_view path) const;
  /// Is there certainly no file behind a path in the configuration? True only where the place that
  /// is looked at is the one that the server uses (TableFile::authoritative). Reads nothing.
  [[nodiscard]] bool certainly_missing(std::string_view path) const;
  /// Every file that was asked for, sorted by path: coverage.
  [[nodiscard]] std::vector<std::pair<std::string, const TableFile*>> table_files() const;

 private:
  struct State;
  static text::FileId add_source(State& state, const std::string& path, std::string bytes);
  explicit Workspace(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postlint::model
