#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include "src/engine/site_config.hpp"

#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace postlint::engine {

namespace {

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

/// Reads keys of one table; remembers the first mistake.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  void fail(const toml::source_region& at, const std::string& what) {
    if (error_) return;
    error_ = Error{path_ + ":" + std::to_string(at.begin.line) + ": " + what};
  }

  std::optional<std::string> string(std::string_view key, const toml::node& node) {
    if (auto value = node.value_exact<std::string>()) return value;
    fail(node.source(), std::string(key) + " must be a string");
    return std::nullopt;
  }

  /// A list of strings; one string stands for a list of one.
  std::vector<std::string> strings(std::string_view key, const toml::node& node) {
    std::vector<std::string> list;
    for (auto& [text, place] : placed_strings(key, node)) list.push_back(std::move(text));
    return list;
  }

  /// The same, each with its place: "path:line".
  std::vector<std::pair<std::string, std::string>> placed_strings(std::string_view key,
                                                                  const toml::node& node) {
    std::vector<std::pair<std::string, std::string>> list;
    const auto add = [&](const std::string& text, const toml::node& at) {
      list.emplace_back(text, path_ + ":" + std::to_string(at.source().begin.line));
    };
    const toml::array* array = node.as_array();
    if (const auto one = node.value_exact<std::string>()) {
      add(*one, node);
    } else if (array == nullptr) {
      fail(node.source(), std::string(key) + " must be a list of strings");
    } else {
      for (const toml::node& each : *array) {
        const auto value = each.value_exact<std::string>();
        if (value) add(*value, each);
        if (!value) fail(each.source(), std::string(key) + " must hold strings only");
      }
    }
    return list;
  }

  const toml::table* table(std::string_view key, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) fail(node.source(), std::string(key) + " must be a table");
    return table;
  }

  void unknown(std::string_view where, const toml::key& key) {
    fail(key.source(), "unknown key " + std::string(where) + std::string(key.str()));
  }

 private:
  const std::string& path_;
  std::optional<Error> error_;
};

void read_severities(const toml::node& node, Reader& reader, SiteConfig& site) {
  const toml::table* table = reader.table("severity", node);
  if (table == nullptr) return;
  for (const auto& [key, value] : *table) {
    const auto word = reader.string("severity." + std::string(key.str()), value);
    const auto severity = word ? parse_severity(*word) : std::nullopt;
    if (severity) site.rules.severity.emplace_back(key.str(), *severity);
    if (word && !severity) {
      reader.fail(value.source(), "severity must be error, warning, info or style");
    }
  }
}

void read_host(const toml::node& node, Reader& reader, SiteConfig& site) {
  const toml::table* table = reader.table("host", node);
  if (table == nullptr) return;
  for (const auto& [key, value] : *table) {
    if (key == "name") {
      site.host.name = reader.string("host.name", value);
    } else if (key == "addresses") {
      site.host.addresses = reader.strings("host.addresses", value);
    } else {
      reader.unknown("host.", key);
    }
  }
}

void read_values(std::string_view name, const toml::node& node, Reader& reader,
                 std::vector<std::pair<std::string, std::vector<std::string>>>& values) {
  const toml::table* table = reader.table(name, node);
  if (table == nullptr) return;
  for (const auto& [key, value] : *table) {
    values.emplace_back(key.str(),
                        reader.strings(std::string(name) + "." + std::string(key.str()), value));
  }
}

void read_policy(const toml::node& node, Reader& reader, Policy& policy) {
  const toml::table* table = reader.table("policy", node);
  if (table == nullptr) return;
  for (const auto& [key, value] : *table) {
    if (key == "require") {
      read_values("policy.require", value, reader, policy.require);
    } else if (key == "forbid") {
      read_values("policy.forbid", value, reader, policy.forbid);
    } else if (key == "mynetworks-within") {
      policy.mynetworks_within = reader.strings("policy.mynetworks-within", value);
    } else if (key == "assert") {
      policy.assertions = reader.placed_strings("policy.assert", value);
    } else {
      reader.unknown("policy.", key);
    }
  }
}

/// A relative path in the file is relative to the file.
std::string beside(const std::string& site_path, std::string path) {
  if (path.starts_with('/') || path.empty()) return path;
  return site_path.substr(0, site_path.rfind('/') + 1) + path;
}

/// map = ["FROM=TO", ...], tried in order, or [map] FROM = "TO", longest FROM first.
void read_map(const toml::node& node, Reader& reader, SiteConfig& site) {
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      const auto to = reader.string("map." + std::string(key.str()), value);
      if (to) site.map.emplace_back(key.str(), beside(site.path, *to));
    }
    std::stable_sort(site.map.begin(), site.map.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    return;
  }
  for (const std::string& entry : reader.strings("map", node)) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      reader.fail(node.source(), "map: '" + entry + "' is not of the form FROM=TO");
    } else {
      site.map.emplace_back(entry.substr(0, equals), beside(site.path, entry.substr(equals + 1)));
    }
  }
}

void read_persona(const toml::node& node, Reader& reader, SiteConfig& site) {
  const auto word = reader.string("persona", node);
  const auto persona = word ? parse_persona(*word) : std::nullopt;
  if (persona) site.rules.persona = *persona;
  site.persona_given = persona.has_value();
  if (word && !persona) reader.fail(node.source(), "persona must be regular, pedantic or auditor");
}

void read_fail_on(const toml::node& node, Reader& reader, SiteConfig& site) {
  site.fail_on = reader.string("fail-on", node);
  if (site.fail_on && *site.fail_on != "never" && !parse_severity(*site.fail_on)) {
    reader.fail(node.source(), "fail-on must be error, warning, info, style or never");
  }
}

void read_key(const toml::key& key, const toml::node& value, Reader& reader, SiteConfig& site) {
  if (key == "postfix-version") {
    site.postfix_version = reader.string("postfix-version", value);
    if (site.postfix_version && !database::parse_version(*site.postfix_version)) {
      reader.fail(value.source(), "postfix-version: " + *site.postfix_version +
                                      " is no release of Postfix that postlint knows");
    }
  } else if (key == "select") {
    site.rules.select = reader.strings("select", value);
  } else if (key == "ignore") {
    site.rules.ignore = reader.strings("ignore", value);
  } else if (key == "severity") {
    read_severities(value, reader, site);
  } else if (key == "fail-on") {
    read_fail_on(value, reader, site);
  } else if (key == "persona") {
    read_persona(value, reader, site);
  } else if (key == "root") {
    site.root = beside(site.path, reader.string("root", value).value_or(""));
  } else if (key == "map") {
    read_map(value, reader, site);
  } else if (key == "host") {
    read_host(value, reader, site);
  } else if (key == "policy") {
    read_policy(value, reader, site.policy);
  } else {
    reader.unknown("", key);
  }
}

}  // namespace

std::string find_site_config(const std::string& directory) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(directory.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) return {};
  // Shown as the user sees it: relative to the directory as given.
  std::string shown = directory == "." ? "" : directory + "/";
  for (std::string at = real.get();;) {
    const std::string base = at == "/" ? at : at + "/";
    if (exists(base + std::string(site_config_name))) return shown + std::string(site_config_name);
    if (at == "/" || exists(base + ".git")) return {};
    at.resize(std::max<std::size_t>(at.rfind('/'), 1));
    shown += "../";
  }
}

Result<SiteConfig> parse_site_config(const std::string& path, std::string_view text) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    return Error{path + ":" + std::to_string(parsed.error().source().begin.line) + ": " +
                 std::string(parsed.error().description())};
  }
  SiteConfig site;
  site.path = path;
  Reader reader(site.path);
  for (const auto& [key, value] : parsed.table()) read_key(key, value, reader, site);
  if (reader.error()) return *reader.error();
  return site;
}

}  // namespace postlint::engine
