#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "grammar/table_text.hpp"
#include "rules/servers.hpp"
#include "src/engine/alias_files.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"
#include "src/smtpd/address.hpp"

namespace postlint::rules::tables::duplicate_key {

constexpr RuleInfo info{.id = "tables/duplicate-key",
                        .title = "a key stands twice in a lookup table",
                        .severity = Severity::warning};

using Source = database::TableType::Source;

struct Entry {
  std::string value;
  Span span;
};

/// The key as it gets into the table: folded; of an alias file the name before the ':'.
std::string key_of(std::string_view line, const grammar::TextEntry& entry, bool alias_file) {
  std::string_view key = grammar::slice(line, entry.key);
  if (alias_file) key = key.substr(0, key.rfind(':'));
  return smtpd::casefold(key, true);
}

void report(const std::string& key, const Entry& first, const Entry& again,
            const TableReference& table, Sink& sink) {
  const bool refused = table.row->source == Source::text;
  auto finding = sink.report(info).at(again.span);
  finding
      .message(key, " stands twice in the table: ",
               refused ? "texthash: refuses such a file, and every lookup in it fails (451)"
                       : "the first entry counts, and this one never does")
      .item(key)
      .related(first.span, "the first entry")
      .related(table.place.span(), "the table is read here");
  if (refused) {
    finding.severity(Severity::error);
  } else if (first.value == again.value) {
    finding.severity(Severity::style);
  }
}

/// Calls visit(line, entry, key) for what gets into the table.
template <class Visit>
void each_key(const model::TableFile& file, bool alias_file, Sink& sink, const Visit& visit) {
  text::LineArena arena;
  grammar::for_each_text_entry(sink.workspace().sources()[file.file], file.file, arena,
                               [&](const text::LogicalLine& line, const grammar::TextEntry& entry) {
                                 if (entry.problem == grammar::TextProblem::none)
                                   visit(line, entry, key_of(line.text, entry, alias_file));
                               });
}

/// Hardly any table has: its index tells. One that cannot be used may be so because it has.
bool may_have_duplicates(const TableReference& reference, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::Table& table =
      tables.open(reference.place, smtpd::table_flags(reference.parameter, *reference.config));
  return table.has_duplicates() || table.unusable();
}

void look(const TableReference& table, const model::TableFile& file, Sink& sink) {
  const bool alias_file = table.row->source == Source::indexed &&
                          alias_files(*table.config).contains(std::string(table.name.text()));
  if (!may_have_duplicates(table, sink)) return;
  std::unordered_map<std::string, Entry> known;
  each_key(
      file, alias_file, sink,
      [&](const text::LogicalLine& line, const grammar::TextEntry& entry, const std::string& key) {
        Entry now{std::string(grammar::slice(line.text, entry.value)),
                  line.view().span({entry.key.lo, entry.value.hi})};
        const auto [found, fresh] = known.try_emplace(key, now);
        if (!fresh) report(key, found->second, now, table, sink);
      });
}

void check(const Workspace& workspace, Sink& sink) {
  std::unordered_set<std::string> done;
  for (const TableReference& table : table_references(sink)) {
    const bool text = table.row != nullptr && table.has_path() &&
                      (table.row->source == Source::indexed || table.row->source == Source::text);
    if (!text || !done.emplace(table.name.text()).second) continue;
    const model::TableFile& file = workspace.table_file(table.name.text());
    if (file.status == model::TableFile::Status::read) look(table, file, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::duplicate_key
