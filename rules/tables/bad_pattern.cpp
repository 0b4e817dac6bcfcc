#include <unordered_set>

#include "rules/servers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::tables::bad_pattern {

constexpr RuleInfo info{.id = "tables/bad-pattern",
                        .title = "a rule of a pattern table is skipped",
                        .severity = Severity::error};

using Source = database::TableType::Source;

/// A line that is no pattern at all: tables/type-content-mismatch.
bool is_plain_key(std::string_view line, Source source) {
  if (line.empty()) return true;
  if (source != Source::cidr) {
    const char first = line.front();
    const bool word = (first >= '0' && first <= '9') || (first >= 'a' && first <= 'z') ||
                      (first >= 'A' && first <= 'Z');
    const bool block = line.starts_with("if") || line.starts_with("endif");
    return (word && !block) || first == '@' || first == '.' || first == '*';
  }
  const std::string_view pattern = line.substr(0, line.find_first_of(" \t"));
  return pattern.find_first_not_of("0123456789abcdefABCDEF:./[]!") != std::string_view::npos ||
         pattern.find_first_of("/:") == std::string_view::npos;
}

/// "cidr map /x, line 3: non-null host ...: skipping this rule": what stands between.
std::string reason_of(std::string_view text) {
  const std::size_t line = text.find(", line ");
  const std::size_t start = line == std::string_view::npos ? line : text.find(": ", line);
  if (start == std::string_view::npos) return {};
  std::string_view reason = text.substr(start + 2);
  const bool dropped =
      reason.ends_with(": skipping this rule") || reason.ends_with(": ignoring this rule");
  if (dropped) reason = reason.substr(0, reason.rfind(": "));
  return std::string(reason);
}

/// Postfix warns of these, and takes the rule.
bool is_harmless(std::string_view reason) {
  return reason.starts_with("no replacement text") || reason.starts_with("ignoring extra text");
}

void look(const TableReference& reference, const smtpd::Table& table, Sink& sink) {
  for (const smtpd::TableWarning& warning : table.warnings()) {
    const std::string_view line = sink.text(warning.span);
    const std::string reason = reason_of(warning.text);
    if (reason.empty() || is_harmless(reason) || !warning.span.in_file()) continue;
    if (is_plain_key(line, reference.row->source)) continue;
    sink.report(info)
        .at(warning.span)
        .message(reference.type.text(), ": skips this rule: ", reason)
        .item(line.substr(0, line.find_first_of(" \t\n")))
        .related(reference.place.span(), "the table is read here");
  }
}

void check(const Workspace&, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  std::unordered_set<std::string> done;
  for (const TableReference& reference : table_references(sink)) {
    if (reference.row == nullptr) continue;
    const Source source = reference.row->source;
    const bool patterns =
        source == Source::cidr || source == Source::regexp || source == Source::pcre;
    if (!patterns || !done.emplace(reference.place.text()).second) continue;
    look(reference, tables.open(reference.place, smtpd::address_map_flags(*reference.config)),
         sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::bad_pattern
