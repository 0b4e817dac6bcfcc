#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"

namespace postlint::engine {

/// What became of one lookup table that the configuration names.
struct TableCoverage {
  enum class Status : std::uint8_t {
    read,        // its text was analysed (or it needs no file)
    missing,     // the text source is not there, or not to be looked for
    opaque,      // it answers from a server or a library
    unsupported  // the release does not know the type
  };
  std::string table;  // "hash:/etc/postfix/access"
  Status status = Status::read;
  std::string file;  // where it was looked for; empty: nowhere
  /// What is missing may lie elsewhere: nobody said where the server's files are.
  bool place_unknown = false;
};

std::string_view name_of(TableCoverage::Status status);

/// Every table, and every file included in a list, in the values that main.cf and the -o options of
/// master.cf set, sorted, each once; not the caches that Postfix writes itself.
std::vector<TableCoverage> table_coverage(const model::Workspace& workspace);

}  // namespace postlint::engine
