#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::tables::escaped_path {

constexpr RuleInfo info{.id = "tables/escaped-path",
                        .title = "the path of a lookup table holds backslashes or quotes",
                        .severity = Severity::error};

/// What a shell or a template engine would have made of the text.
std::string unescaped(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c != '\\' && c != '"' && c != '\'') result += c;
  }
  return result;
}

void check(const Workspace&, Sink& sink) {
  using Source = database::TableType::Source;
  for (const TableReference& table : table_references(sink)) {
    const std::string_view path = table.name.text();
    const bool file =
        table.is_include() || (table.row != nullptr && table.row->source != Source::inline_text &&
                               table.row->source != Source::fail);
    if (!file || !table.has_path() || path.find_first_of("\\\"'") == std::string_view::npos)
      continue;
    const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
    auto finding = sink.report(info).at(table.name);
    finding
        .message(
            "backslashes and quotes are part of the path: Postfix looks for a file with "
            "this very name, and every lookup fails")
        .origin(*table.setting)
        .parameter(owner.empty() ? table.parameter : owner)
        .item(path);
    if (sink.text(table.name.span()) == path) {
      finding.fix(Fix::unsafe("write " + unescaped(path) + "; the table then counts")
                      .replace(table.name.span(), unescaped(path)));
    }
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::escaped_path
