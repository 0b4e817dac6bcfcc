#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "src/database/database.hpp"
#include "src/model/workspace.hpp"

namespace postlint::test {

/// A configuration in a directory of its own, which goes with the object.
class Configuration {
 public:
  struct File {
    std::string name;
    std::string text;
  };
  explicit Configuration(const std::vector<File>& files)
      : database_(database::Version{3, 7, 11}), directory_(make_directory()) {
    for (const auto& [name, text] : files) std::ofstream(directory_ / name) << text;
    auto loaded = model::Workspace::load(database_, {directory_.string(), {}, {}, {}});
    if (!loaded) std::abort();
    workspace_ = std::make_unique<model::Workspace>(std::move(*loaded));
  }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() { std::filesystem::remove_all(directory_); }

  [[nodiscard]] const model::Workspace& workspace() const { return *workspace_; }

 private:
  static std::filesystem::path make_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "postlint-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    return pattern;
  }

  database::Database database_;
  std::filesystem::path directory_;
  std::unique_ptr<model::Workspace> workspace_;
};

}  // namespace postlint::test
