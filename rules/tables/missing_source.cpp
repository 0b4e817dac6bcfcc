#include <algorithm>

#include "src/engine/failing_lookup.hpp"
#include "src/engine/places.hpp"
#include "src/engine/readers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::tables::missing_source {

constexpr RuleInfo info{.id = "tables/missing-source",
                        .title = "there is no file behind a lookup table",
                        .severity = Severity::error};

using Source = database::TableType::Source;

/// The files that postmap(1) may have made of the source.
std::vector<std::string_view> index_suffixes(std::string_view type, database::Version version) {
  if (type == "lmdb") return {".lmdb"};
  if (type == "cdb") return {".cdb"};
  if (type == "dbm" || type == "sdbm") return {".pag", ".dir"};
  // From 3.11 on hash: and btree: may lead to tables of other types (NON_BERKELEYDB_README).
  if (version >= database::Version{3, 11, 0}) return {".db", ".lmdb", ".cdb"};
  return {".db"};
}

bool index_is_missing(const TableReference& table, Sink& sink) {
  const auto suffixes = index_suffixes(table.type.text(), sink.version());
  return std::all_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) {
    return sink.workspace().certainly_missing(std::string(table.name.text()) + std::string(suffix));
  });
}

bool is_text(Source source) {
  return source == Source::text || source == Source::cidr || source == Source::regexp ||
         source == Source::pcre;
}

/// A finding about the reference.
void report(const TableReference& table, Sink& sink,
            const std::function<void(FindingBuilder&)>& say) {
  const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
  auto finding = sink.report(info).at(table.place);
  finding.origin(*table.setting)
      .parameter(owner.empty() ? table.parameter : owner)
      .item(table.place.text());
  if (table.service != nullptr) finding.service(*table.service);
  say(finding);
}

void report_missing(const TableReference& table, Sink& sink) {
  report(table, sink, [&](FindingBuilder& finding) {
    finding.message("there is no file ", table.name.text(), ": every lookup in it fails, and ",
                    failing_lookup(table));
  });
}

/// What makes the index of this table.
std::string maker(const TableReference& table) {
  if (table.parameter == "alias_maps") return "postalias";
  return table.parameter == "tls_server_sni_maps" ? "postmap -F" : "postmap";
}

/// The source is there, its index is not: on the host itself nobody made it; elsewhere that may be
/// left to the installation.
void report_unindexed(const TableReference& table, Sink& sink) {
  const std::string path(table.name.text());
  const std::string index = path + std::string(index_suffixes(table.type.text(), {}).front());
  const bool on_the_host = sink.workspace().table_file(path).path == path;
  const std::string command = maker(table) + " " + std::string(table.type.text()) + ":" + path;
  report(table, sink, [&](FindingBuilder& finding) {
    finding.message("there is no file ", index,
                    on_the_host ? ": every lookup in the table fails, and "
                                : " yet: until it is made, every lookup in the table fails, and ",
                    failing_lookup(table));
    if (!on_the_host) finding.severity(Severity::info);
    finding.fix(Fix::display("make it of " + path).command(command));
  });
}

void look(const TableReference& table, Sink& sink) {
  if (!table.has_path() || never_opened(table.parameter, sink)) return;
  const bool source_missing = sink.workspace().certainly_missing(table.name.text());
  if (table.is_include() || (table.row != nullptr && is_text(table.row->source))) {
    if (source_missing) report_missing(table, sink);
    return;
  }
  if (table.row == nullptr || table.row->source != Source::indexed) return;
  if (!index_is_missing(table, sink)) return;
  if (source_missing) {
    report_missing(table, sink);
  } else {
    report_unindexed(table, sink);
  }
}

void check(const Workspace&, Sink& sink) {
  for (const TableReference& table : table_references(sink)) look(table, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::missing_source
