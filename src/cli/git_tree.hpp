#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/text/result.hpp"

namespace postlint::cli {

/// "git:REV:PATH": a directory (or a main.cf in it) as a commit of the repository around the
/// current directory has it.
bool is_git_source(std::string_view word);

/// A copy of such a directory in a private temporary directory, which goes with the object. Nothing
/// is checked out; symbolic links are followed as far as they stay in the tree.
class GitTree {
 public:
  /// Runs git(1). The error says what it says.
  static Result<GitTree> extract(const std::string& source);

  GitTree(GitTree&& other) noexcept { *this = std::move(other); }
  GitTree& operator=(GitTree&& other) noexcept {
    std::swap(directory_, other.directory_);
    std::swap(shown_, other.shown_);
    return *this;
  }
  GitTree(const GitTree&) = delete;
  GitTree& operator=(const GitTree&) = delete;
  ~GitTree();

  [[nodiscard]] const std::string& directory() const { return directory_; }
  /// "v1.2:etc/postfix"
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  GitTree() = default;
  std::string directory_;
  std::string shown_;
};

}  // namespace postlint::cli
