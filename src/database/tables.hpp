#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "src/database/database.hpp"
#include "src/database/parameter_row.hpp"

// What the generator makes of rules/data: constant data, sorted bytewise by the first field.

namespace postlint::database::tables {

struct Parameter {
  std::string_view name;
  std::span<const Revision> revisions;  // ascending, never empty
  bool platform_default = false;
  std::string_view daemons;
  std::string_view deprecated_since;
  std::string_view advice;
  Version introduced;
  std::span<const Version> backports;
  Version removed;  // 0.0.0: still there
};

struct Service {
  std::string_view name;
  std::uint16_t port = 0;
};

struct EvaluationOrder {
  std::string_view program;
  std::span<const std::string_view> parameters;
};

extern const std::span<const Parameter> parameters;
extern const std::span<const Version> releases;  // the newest known of each branch, ascending
extern const std::span<const Restriction> restrictions;
extern const std::span<const TableType> table_types;
extern const std::span<const Family> families;
extern const std::span<const DictionarySuffix> dictionary_suffixes;
extern const std::span<const Service> services;
extern const std::span<const EvaluationOrder> evaluation_orders;

}  // namespace postlint::database::tables
