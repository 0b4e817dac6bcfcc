#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"
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
/// Its directory. What is being done with it (`doing`) and why it is this one goes to standard
/// error.
std::string told_default_directory(const CommonOptions& common, std::string_view doing,
                                   Streams& streams);

/// The directory that a PATH of one configuration stands for (a main.cf or master.cf: its own).
Result<std::string> configuration_directory(const std::string& path);
/// That of the first argument; without arguments the default.
Result<std::string> directory_of(const Invocation& invocation, std::string_view doing,
                                 Streams& streams);

/// What PATHs of `check` stand for.
struct Targets {
  std::vector<std::string> directories;  // each once, trees sorted by name; "-": standard input
  std::vector<std::string> errors;       // paths that could not be read
};

/// Searches directory trees: a directory with a main.cf is one configuration and is not searched
/// further; symbolic links inside a tree are not followed.
Targets find_targets(const std::vector<std::string>& paths);

}  // namespace postlint::cli
