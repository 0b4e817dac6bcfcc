#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "src/database/database.hpp"
#include "tests/catch.hpp"

// The facts about one release against the postconf(1) that is installed, if it is of that release.

namespace postlint::database {

namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const auto count = fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), count);
  return text;
}

std::map<std::string, std::string> postconf_defaults(const std::string& parameter_class) {
  std::map<std::string, std::string> defaults;
  std::string text = output_of("postconf -C " + parameter_class + " -d 2>/dev/null");
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    const auto equal = line.find(" =");
    if (equal == line.npos) continue;
    auto value = line.substr(equal + 2);
    if (!value.empty()) value.erase(0, 1);
    defaults[line.substr(0, equal)] = value;
  }
  return defaults;
}

/// As postconf prints: runs of blanks are one blank, none at the end.
std::string printed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// What Debian builds otherwise than the source says.
const std::set<std::string> packaging{"alias_maps", "daemon_directory", "html_directory",
                                      "manpage_directory", "readme_directory"};

}  // namespace

TEST_CASE("names and defaults are those of the installed postconf") {
  const auto release = without_newline(output_of("postconf -dh mail_version 2>/dev/null"));
  const auto version = parse_version(release);
  if (!version || full_text(*version) != "3.7.11") {
    WARN("skipped: no postconf of 3.7.11 is installed");
    return;
  }
  const Database database(*version);
  const auto live = postconf_defaults("all");
  REQUIRE(live.size() > 800);
  for (const auto& parameter : database.parameters()) {
    if (parameter.type == Type::legacy) continue;  // known, but not listed
    INFO(parameter.name);
    const auto found = live.find(std::string(parameter.name));
    REQUIRE(found != live.end());
    if (parameter.type == Type::string_function || parameter.type == Type::read_only ||
        packaging.contains(found->first))
      continue;
    CHECK(found->second == printed(parameter.default_value));
  }
  for (const auto& [name, value] : postconf_defaults("builtin")) {
    INFO(name);
    CHECK(database.parameter(name));
  }
}

}  // namespace postlint::database
