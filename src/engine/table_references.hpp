#pragma once

#include <string_view>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/value_kind.hpp"

namespace postlint::engine {

/// One lookup table, or file to include, that a value in force names.
struct TableReference {
  text::MappedView place;  // as written, proxy: prefixes and all
  text::MappedView type;   // behind those prefixes; empty: a file that a match list includes
  text::MappedView name;   // a path, or text in braces
  const database::TableType* row = nullptr;  // null: no such type, or an included file
  ValueKind kind = ValueKind::tables;        // tables, restriction or match_list
  std::string_view parameter;                // the parameter (or class) whose value it is
  std::string_view keyword;  // restriction: the check_..._access that asks; empty: not known
  const model::Setting* setting = nullptr;
  const model::Service* service = nullptr;         // null: main.cf
  const model::EffectiveConfig* config = nullptr;  // that of the service, or of main.cf

  [[nodiscard]] bool is_include() const { return type.text().empty(); }
  [[nodiscard]] bool has_path() const { return !name.text().starts_with('{'); }
};

/// Every table that main.cf or a -o names where Postfix opens it for lookups: *_maps, *_checks,
/// pattern lists, the lists of smtpd. Members of unionmap: and pipemap: are there by themselves.
/// Left out: caches, which daemons make themselves, and lists of names of tables. Made once a run.
const std::vector<TableReference>& table_references(Sink& sink);

/// The text behind a table or a list.
struct TableText {
  const TableReference* table = nullptr;  // the first that names it
  text::FileId file = text::no_file;
};

/// Those that could be read, each once: sources of indexed tables, texthash:, cidr:, regexp:, pcre:
/// and included lists.
std::vector<TableText> table_texts(Sink& sink);

}  // namespace postlint::engine
