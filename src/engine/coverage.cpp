#include "src/engine/coverage.hpp"

#include <array>
#include <map>
#include <unordered_set>

#include "grammar/match_list.hpp"
#include "grammar/restriction_list.hpp"
#include "src/engine/value_kind.hpp"

namespace postlint::engine {

namespace {

using Source = database::TableType::Source;
using Status = TableCoverage::Status;

/// unix: and tcp: also name sockets.
bool names_socket(std::string_view type, std::string_view parameter) {
  return (type == "unix" || type == "tcp" || type == "inet") && !parameter.ends_with("_maps");
}

/// Postfix makes them, and writes what it reads.
bool is_cache(std::string_view parameter) {
  return parameter.ends_with("_cache_database") || parameter == "postscreen_cache_map" ||
         parameter == "address_verify_map";
}

class Collector {
 public:
  explicit Collector(const model::Workspace& workspace) : workspace_(workspace) {}

  void add_value(std::string_view parameter, std::string_view value) {
    if (is_cache(parameter)) return;
    if (value_kind(workspace_.database(), parameter) == ValueKind::match_list) add_includes(value);
    if (value.find(':') == std::string_view::npos) return;
    for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
      add_word(parameter, value.substr(word.range.lo, word.range.size()), 0);
    }
  }

  [[nodiscard]] std::vector<TableCoverage> sorted() && {
    std::vector<TableCoverage> all;
    for (auto& [name, table] : tables_) all.push_back(std::move(table));
    return all;
  }

 private:
  static constexpr int deepest = 8;  // proxy:unionmap:{proxy:...}

  void add_includes(std::string_view value) {
    if (value.find('/') == std::string_view::npos) return;
    for (const grammar::MatchItem& item : grammar::parse_match_list(value).items) {
      if (item.kind != grammar::MatchItem::Kind::file) continue;
      const std::string_view path = value.substr(item.pattern.lo, item.pattern.size());
      add_file(path, path);
    }
  }

  void add_word(std::string_view parameter, std::string_view word, int depth) {
    if (word.starts_with('!')) word.remove_prefix(1);
    if (word.starts_with('{')) {
      add_inner(parameter, word, depth);
      return;
    }
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || depth > deepest) return;
    const std::string_view type = word.substr(0, colon);
    const database::TableType* row = workspace_.database().table_type(type);
    if (row == nullptr || names_socket(type, parameter)) return;
    add_table(parameter, word, *row, word.substr(colon + 1), depth);
  }

  /// {table, option = value} and the lists inside unionmap:{...}.
  void add_inner(std::string_view parameter, std::string_view braced, int depth) {
    if (depth > deepest) return;
    const grammar::Braced braces = grammar::parse_braced(braced);
    const std::string_view inner = braced.substr(braces.payload.lo, braces.payload.size());
    for (const grammar::Word& word : grammar::parse_restriction_list(inner).words) {
      add_word(parameter, inner.substr(word.range.lo, word.range.size()), depth + 1);
    }
  }

  void add_table(std::string_view parameter, std::string_view word, const database::TableType& row,
                 std::string_view name, int depth) {
    if (row.since > workspace_.database().version()) {
      record(word, Status::unsupported, {});
      return;
    }
    switch (row.source) {
      case Source::indexed:
      case Source::text:
      case Source::cidr:
      case Source::regexp:
      case Source::pcre:
        add_file(word, name);
        return;
      case Source::proxy:
        add_word(parameter, name, depth + 1);
        return;
      case Source::combined:
        add_inner(parameter, name, depth + 1);
        return;
      case Source::inline_text:
      case Source::fail:
        record(word, Status::read, {});
        return;
      case Source::opaque:
        record(word, Status::opaque, {});
        return;
    }
  }

  void add_file(std::string_view word, std::string_view name) {
    if (name.starts_with('{')) {
      record(word, Status::read, {});
      return;
    }
    const model::TableFile& file = workspace_.table_file(name);
    const bool read = file.status == model::TableFile::Status::read;
    record(word, read ? Status::read : Status::missing, file.path, !read && !file.authoritative);
  }

  void record(std::string_view word, Status status, std::string file, bool place_unknown = false) {
    tables_.try_emplace(std::string(word),
                        TableCoverage{std::string(word), status, std::move(file), place_unknown});
  }

  const model::Workspace& workspace_;
  std::map<std::string, TableCoverage> tables_;
};

}  // namespace

std::string_view name_of(Status status) {
  constexpr std::array<std::string_view, 4> names{"read", "missing", "opaque", "unsupported"};
  return names[static_cast<std::size_t>(status)];
}

std::vector<TableCoverage> table_coverage(const model::Workspace& workspace) {
  Collector collector(workspace);
  const auto add = [&](const model::EffectiveConfig& config, std::string_view name) {
    const model::Setting* setting = config.find(name);
    if (setting != nullptr) collector.add_value(name, setting->text());
  };
  std::unordered_set<std::string_view> seen;
  for (const model::MainEntry& entry : workspace.main().entries) {
    if (entry.value().text().find_first_of(":$/") == std::string_view::npos) continue;
    if (seen.insert(entry.name()).second) add(workspace.config(), entry.name());
  }
  for (const model::Service& service : workspace.services()) {
    if (service.entry == nullptr) continue;
    for (const model::Override& override : service.entry->overrides) {
      add(*service.config, override.name);
    }
  }
  return std::move(collector).sorted();
}

}  // namespace postlint::engine
