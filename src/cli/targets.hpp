#pragma once

#include <string>
#include <vector>

#include "src/cli/options.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// May this word be a PATH? It is `.`, holds a `/`, or names an existing file or directory.
bool is_path(const std::string& word);

/// The configuration directory when no PATH is given: -c, else $MAIL_CONFIG, else here if a main.cf
/// lies here, else /etc/postfix.
struct DefaultDirectory {
  std::string directory;
  std::string reason;  // to be said on standard error; empty for -c
};
DefaultDirectory default_directory(const CommonOptions& common);

/// The directory that a PATH of one configuration stands for (a main.cf or master.cf: its own).
Result<std::string> configuration_directory(const std::string& path);

/// What PATHs of `check` stand for.
struct Targets {
  std::vector<std::string> directories;  // each once, trees sorted by name; "-": standard input
  std::vector<std::string> errors;       // paths that could not be read
};

/// Searches directory trees: a directory with a main.cf is one configuration and is not searched
/// further; symbolic links inside a tree are not followed.
Targets find_targets(const std::vector<std::string>& paths);

}  // namespace postlint::cli
