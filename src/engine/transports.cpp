#include "src/engine/transports.hpp"

#include <algorithm>

#include "src/engine/settings_in_force.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::engine {

namespace {

struct UsedTransports {
  std::unordered_set<std::string> names;
};

/// Values hold no blanks, patterns may: the last word of a line is the value.
void add_table(const TableText& table, UsedTransports& used, Sink& sink) {
  text::LineArena arena;
  text::LogicalLineReader reader(sink.workspace().sources()[table.file], table.file, arena);
  text::LogicalLine line;
  while (reader.next(line)) {
    std::string_view text = line.view().text();
    text.remove_suffix(text.size() - std::min(text.find_last_not_of(" \t\r\n") + 1, text.size()));
    const auto blank = text.find_last_of(" \t");
    if (blank != std::string_view::npos) used.names.emplace(transport_of(text.substr(blank + 1)));
  }
}

UsedTransports collect(Sink& sink) {
  UsedTransports used;
  for (const Assignment& assignment : settings_in_force(sink)) {
    if (assignment.parameter() == nullptr || !is_transport_parameter(assignment.name)) continue;
    used.names.emplace(transport_of(assignment.setting().text()));
  }
  for (const TableText& table : table_texts(sink)) {
    if (is_transport_table(table.table->parameter)) add_table(table, used, sink);
  }
  return used;
}

}  // namespace

std::string_view transport_of(std::string_view value) { return value.substr(0, value.find(':')); }

bool is_transport_parameter(std::string_view name) {
  return name.ends_with("_transport") || name == "content_filter";
}

bool is_transport_table(std::string_view name) {
  return name == "transport_maps" || name.ends_with("_transport_maps");
}

const std::unordered_set<std::string>& used_transports(Sink& sink) {
  return sink.shared<UsedTransports>([&] { return collect(sink); }).names;
}

}  // namespace postlint::engine
