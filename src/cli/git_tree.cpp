#include "src/cli/git_tree.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "src/text/source.hpp"

namespace postlint::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "git:";
/// More than that is no directory of configuration.
constexpr std::size_t most_files = 20000;

/// One file or link of a tree.
struct TreeEntry {
  std::string object;
  std::string name;  // below the tree
  bool link = false;
};

/// The child's side: never returns.
[[noreturn]] void become(const std::vector<std::string>& command, const std::string& input,
                         int output) {
  const int in = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (in < 0 || ::dup2(in, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0) ::_exit(126);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

Result<std::string> read_all(int fd) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return bytes;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("git: ") + std::strerror(errno)};
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// Runs git with these arguments, the file `input` as its standard input; its standard output. What
/// it writes to standard error is shown to the user.
Result<std::string> git(std::vector<std::string> arguments, const std::string& input,
                        const std::string& purpose) {
  arguments.insert(arguments.begin(), "git");
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return Error{std::string("git: ") + std::strerror(errno)};
  const pid_t child = ::fork();
  if (child == 0) become(arguments, input, pipe[1]);
  ::close(pipe[1]);
  if (child < 0) {
    ::close(pipe[0]);
    return Error{std::string("git: ") + std::strerror(errno)};
  }
  auto bytes = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!bytes) return bytes;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return Error{purpose + ": git is not here"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Error{purpose + ": git failed"};
  return bytes;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Of `ls-tree -r -z`: "MODE TYPE OBJECT\tNAME\0".
std::vector<TreeEntry> parse_tree(const std::string& listing) {
  std::vector<TreeEntry> entries;
  for (std::size_t at = 0; at < listing.size();) {
    const std::size_t end = std::min(listing.find('\0', at), listing.size());
    const std::string line = listing.substr(at, end - at);
    at = end + 1;
    const std::size_t tab = line.find('\t');
    const std::size_t object = line.find(" blob ");
    if (tab == std::string::npos || object == std::string::npos || object > tab) continue;
    entries.push_back({line.substr(object + 6, tab - object - 6), line.substr(tab + 1),
                       line.starts_with("120000")});
  }
  return entries;
}

/// What cat-file is asked for. A link is asked for by its name, so that it is followed.
std::string questions(const std::string& tree, const std::vector<TreeEntry>& entries) {
  std::string text;
  for (const TreeEntry& entry : entries) {
    const bool by_name = entry.link && entry.name.find('\n') == std::string::npos;
    text += (by_name ? tree + ':' + entry.name : entry.object) + '\n';
  }
  return text;
}

bool write_file(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return !file.fail();
}

/// Writes the files that `cat-file --batch` gave, in the order of the entries.
Result<bool> write_files(const std::string& answers, const std::vector<TreeEntry>& entries,
                         const fs::path& directory) {
  std::size_t at = 0;
  for (const TreeEntry& entry : entries) {
    const std::size_t end = answers.find('\n', at);
    if (end == std::string::npos) return Error{"git cat-file: the answer is cut off"};
    const std::string header = answers.substr(at, end - at);
    at = end + 1;
    if (header.ends_with(" missing") || header.ends_with(" ambiguous")) continue;
    const std::size_t size = std::strtoull(header.c_str() + header.rfind(' ') + 1, nullptr, 10);
    if (size > answers.size() - at) return Error{"git cat-file: the answer is cut off"};
    const bool blob = header.find(" blob ") != std::string::npos;
    if (blob && !write_file(directory / entry.name, std::string_view(answers).substr(at, size)))
      return Error{(directory / entry.name).string() + ": " + std::strerror(errno)};
    at += size + 1;
  }
  return true;
}

/// A private directory below $TMPDIR.
Result<std::string> temporary_directory() {
  const char* const chosen = std::getenv("TMPDIR");
  std::string path = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  path += "/postlint-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return Error{path + ": " + std::strerror(errno)};
  return path;
}

Result<bool> fill(const std::string& tree, const std::string& source, const fs::path& home,
                  const fs::path& directory) {
  const auto listing = git({"ls-tree", "-r", "-z", "--full-tree", tree}, "/dev/null", source);
  if (!listing) return listing.error();
  const std::vector<TreeEntry> entries = parse_tree(*listing);
  if (entries.size() > most_files) return Error{source + ": holds too many files"};
  const fs::path asked = home / "objects";
  if (!write_file(asked, questions(tree, entries)))
    return Error{asked.string() + ": " + std::strerror(errno)};
  const auto answers = git({"cat-file", "--batch", "--follow-symlinks"}, asked.string(), source);
  if (!answers) return answers.error();
  return write_files(*answers, entries, directory);
}

/// "REV:PATH" without a final main.cf or master.cf, and without final slashes.
std::string directory_part(std::string text) {
  for (const std::string_view name : {"main.cf", "master.cf"}) {
    if (text.ends_with("/" + std::string(name)) || text.ends_with(":" + std::string(name)))
      text.resize(text.size() - name.size());
  }
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

bool is_git_source(std::string_view word) { return word.starts_with(prefix); }

Result<GitTree> GitTree::extract(const std::string& source) {
  const std::string text = directory_part(source.substr(prefix.size()));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0)
    return Error{source + ": not of the form git:REVISION:PATH"};
  const auto object =
      git({"rev-parse", "--verify", "--quiet", "--end-of-options", text}, "/dev/null", source);
  if (!object) return Error{source + ": git has no such revision, or no such path in it"};
  const std::string tree = first_line(*object);
  const auto type = git({"cat-file", "-t", tree}, "/dev/null", source);
  if (!type) return type.error();
  if (first_line(*type) != "tree")
    return Error{source + ": neither a directory nor a main.cf or master.cf"};
  auto home = temporary_directory();
  if (!home) return home.error();
  GitTree result;
  result.directory_ = *home + "/tree";
  result.shown_ = text;
  std::error_code error;
  fs::create_directory(result.directory_, error);
  const auto filled = fill(tree, source, *home, result.directory_);
  if (!filled) return filled.error();
  return result;
}

GitTree::~GitTree() {
  if (directory_.empty()) return;
  std::error_code error;
  fs::remove_all(fs::path(directory_).parent_path(), error);
}

}  // namespace postlint::cli
