#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "src/database/database.hpp"
#include "src/model/workspace.hpp"
#include "src/smtpd/table_set.hpp"

namespace postlint::smtpd::test {

/// A configuration directory that goes away with the object.
class Configuration {
 public:
  explicit Configuration(const std::string& main_cf, database::Version version = {3, 7, 11})
      : database_(version) {
    directory_ = std::filesystem::temp_directory_path() /
                 ("postlint-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    std::filesystem::create_directories(directory_);
    write("main.cf", main_cf);
  }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  /// The path of a file as the configuration names it.
  static std::string path(const std::string& name) { return "/etc/postfix/" + name; }
  /// Its path here.
  [[nodiscard]] std::string real_path(const std::string& name) const { return directory_ / name; }

  /// The configuration as it is at the first call.
  const model::Workspace& workspace() {
    if (workspace_ == nullptr) {
      model::LoadOptions options;
      options.directory = directory_;
      options.host.name = "mail.example.com";
      options.host.addresses = {"127.0.0.1/8", "192.0.2.10/24", "::1/128"};
      auto loaded = model::Workspace::load(database_, std::move(options));
      if (!loaded) throw std::runtime_error(loaded.error().message);
      workspace_ = std::make_unique<model::Workspace>(std::move(*loaded));
    }
    return *workspace_;
  }
  const model::EffectiveConfig& config() { return workspace().config(); }
  TableSet& tables(MissingTables missing = MissingTables::unknown) {
    if (tables_ == nullptr) tables_ = std::make_unique<TableSet>(workspace(), answers, missing);
    return *tables_;
  }

  TableAnswers answers;

 private:
  database::Database database_;
  std::filesystem::path directory_;
  std::unique_ptr<model::Workspace> workspace_;
  std::unique_ptr<TableSet> tables_;
};

/// "found:value", "absent", "error" or "unknown".
inline std::string shown(const LookupResult& result) {
  switch (result.kind) {
    case LookupResult::Kind::found:
      return "found:" + result.value;
    case LookupResult::Kind::absent:
      return "absent";
    case LookupResult::Kind::error:
      return "error";
    case LookupResult::Kind::unknown:
      return "unknown";
  }
  return {};
}

}  // namespace postlint::smtpd::test
