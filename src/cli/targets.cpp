#include "src/cli/targets.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <unordered_set>

namespace postlint::cli {

namespace {

enum class Kind : std::uint8_t { absent, directory, file };

Kind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Kind::absent;
  return S_ISDIR(status.st_mode) ? Kind::directory : Kind::file;
}

std::string below(const std::string& directory, const std::string& name) {
  if (directory == ".") return name;
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

bool has_main_cf(const std::string& directory) {
  return kind_of(below(directory, "main.cf")) == Kind::file;
}

std::string without_final_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// Names of the sub-directories, sorted. False: the directory cannot be read.
bool list_directories(const std::string& directory, std::vector<std::string>& names) {
  DIR* const stream = ::opendir(directory.c_str());
  if (stream == nullptr) return false;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || entry->d_type == DT_LNK) continue;
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    struct stat status {};
    const bool is_directory =
        ::lstat(below(directory, name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (is_directory) names.push_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return true;
}

/// Trees deeper than the stack: a list of what is left to visit, in order.
void search(const std::string& root, Targets& targets) {
  std::vector<std::string> left{root};
  while (!left.empty()) {
    const std::string directory = std::move(left.back());
    left.pop_back();
    if (has_main_cf(directory)) {
      targets.directories.push_back(directory);
      continue;
    }
    std::vector<std::string> names;
    if (!list_directories(directory, names)) {
      targets.errors.push_back(directory + ": " + std::strerror(errno));
    }
    std::transform(names.rbegin(), names.rend(), std::back_inserter(left),
                   [&](const std::string& name) { return below(directory, name); });
  }
}

void add_target(const std::string& path, Targets& targets) {
  if (path == "-") {
    targets.directories.push_back(path);
    return;
  }
  if (kind_of(path) == Kind::directory) {
    // A main.cf that is no file is not passed over where the user names its directory: reading it
    // tells what is wrong.
    if (kind_of(below(path, "main.cf")) == Kind::directory) {
      targets.directories.push_back(without_final_slashes(path));
      return;
    }
    search(without_final_slashes(path), targets);
    return;
  }
  auto directory = configuration_directory(path);
  if (directory) {
    targets.directories.push_back(std::move(*directory));
  } else {
    targets.errors.push_back(directory.error().message);
  }
}

}  // namespace

bool is_path(const std::string& word) {
  return word == "." || word.find('/') != std::string::npos || kind_of(word) != Kind::absent;
}

DefaultDirectory default_directory(const CommonOptions& common) {
  if (common.config_directory) return {without_final_slashes(*common.config_directory), {}};
  const char* const mail_config = std::getenv("MAIL_CONFIG");
  if (mail_config != nullptr && *mail_config != '\0') {
    return {without_final_slashes(mail_config), "from $MAIL_CONFIG"};
  }
  if (has_main_cf(".")) return {".", "the current directory"};
  return {"/etc/postfix", "the default; there is no main.cf here"};
}

std::string told_default_directory(const CommonOptions& common, std::string_view doing,
                                   Streams& streams) {
  const DefaultDirectory chosen = default_directory(common);
  if (!chosen.reason.empty() && !common.quiet) {
    streams.err +=
        "postlint: " + std::string(doing) + ' ' + chosen.directory + " (" + chosen.reason + ")\n";
  }
  return chosen.directory;
}

Result<std::string> directory_of(const Invocation& invocation, std::string_view doing,
                                 Streams& streams) {
  if (!invocation.arguments.empty()) return configuration_directory(invocation.arguments.front());
  return told_default_directory(invocation.common, doing, streams);
}

Result<std::string> configuration_directory(const std::string& path) {
  switch (kind_of(path)) {
    case Kind::absent:
      return Error{path + ": " + std::strerror(errno)};
    case Kind::directory:
      return without_final_slashes(path);
    case Kind::file:
      break;
  }
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name != "main.cf" && name != "master.cf") {
    return Error{path + ": neither a directory nor a main.cf or master.cf"};
  }
  if (slash == std::string::npos) return std::string(".");
  return slash == 0 ? std::string("/") : path.substr(0, slash);
}

Targets find_targets(const std::vector<std::string>& paths) {
  Targets targets;
  for (const std::string& path : paths) add_target(path, targets);
  std::unordered_set<std::string> seen;
  std::erase_if(targets.directories,
                [&](const std::string& directory) { return !seen.insert(directory).second; });
  return targets;
}

}  // namespace postlint::cli
