#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/facts.hpp"
#include "src/smtpd/table.hpp"
#include "src/text/mapped_text.hpp"
#include "src/text/source.hpp"

/// The implementations of Table, made by TableSet alone.
namespace postlint::smtpd {

/// What every implementation is made of.
struct TableSpec {
  std::string type_name;
  std::string type;       // behind proxy: prefixes
  text::MappedView name;  // behind the type: a path, or text in braces
  TableFlags flags;
  bool fixed_keys = false;
};

/// The text source of a table.
struct TableSource {
  const text::SourceFile& file;
  text::FileId id;
};

/// Opening failed: every lookup does (dict_surrogate(3)). `reason`: as logged.
std::unique_ptr<Table> make_failing_table(const TableSpec& spec, const std::string& reason);
/// fail: fails without a reason of its own.
std::unique_ptr<Table> make_fail_table(const TableSpec& spec);
/// Opening ends the program.
std::unique_ptr<Table> make_fatal_table(const TableSpec& spec, const std::string& fatal);
/// Nothing is known. `what`: what would have to be known.
std::unique_ptr<Table> make_unknown_table(const TableSpec& spec, std::string what);
/// As the user says; the keys that he does not mention are asked of `rest`, or unknown if null.
std::unique_ptr<Table> make_answered_table(
    const TableSpec& spec,
    const std::map<std::string, std::optional<std::string>, std::less<>>& answers,
    const Table* rest);
/// No key at all (internal:).
std::unique_ptr<Table> make_empty_table(const TableSpec& spec);

/// The database that postmap(1) makes of the source: hash: btree: lmdb: cdb: dbm: sdbm:
std::unique_ptr<Table> make_indexed_table(const TableSpec& spec, TableSource source);
/// The database that postalias(1) makes of the source.
std::unique_ptr<Table> make_alias_table(const TableSpec& spec, TableSource source);
std::unique_ptr<Table> make_texthash_table(const TableSpec& spec, TableSource source);
std::unique_ptr<Table> make_inline_table(const TableSpec& spec);

std::unique_ptr<Table> make_cidr_table(const TableSpec& spec, TableSource source);
std::unique_ptr<Table> make_cidr_table(const TableSpec& spec);  // cidr:{...}

std::unique_ptr<Table> make_regexp_table(const TableSpec& spec, TableSource source);
std::unique_ptr<Table> make_regexp_table(const TableSpec& spec);  // regexp:{...}
std::unique_ptr<Table> make_pcre_table(const TableSpec& spec, TableSource source);
std::unique_ptr<Table> make_pcre_table(const TableSpec& spec);  // pcre:{...}

std::unique_ptr<Table> make_static_table(const TableSpec& spec);
std::unique_ptr<Table> make_random_table(const TableSpec& spec);
std::unique_ptr<Table> make_union_table(const TableSpec& spec, std::vector<const Table*> members);
std::unique_ptr<Table> make_pipe_table(const TableSpec& spec, std::vector<const Table*> members);

/// Rules in braces that do not balance: what dict_stream_open(3) says of them.
std::string inline_rules_problem(const TableSpec& spec);

}  // namespace postlint::smtpd
