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
  Version deprecated;  // the same; 0.0.0: never
  std::string_view advice;
  Version introduced;
  std::span<const Version> backports;
  Version removed;  // 0.0.0: still there
};

struct Service {
  std::string_view name;
  std::uint16_t port = 0;
};

struct EvaluationPosition {
  std::string_view parameter;
  std::uint16_t position = 0;
};

/// What a program evaluates at start, from one release on; "*" is the part that all share.
struct EvaluationOrder {
  std::string_view program;
  Version since;
  std::span<const EvaluationPosition> by_name;
};

/// `since` X.Y.0: that branch and later ones; a patch release: the rest of its branch.
struct EnumerationSince {
  std::string_view name;
  Version since;
  Enumeration enumeration;
};

struct Release {
  Version version;
  std::string_view mail_version;
  std::string_view mail_release_date;
};

/// A compiled default that a distribution changes.
struct PackagedDefault {
  std::string_view packaging;
  std::string_view name;
  std::string_view default_value;
};

extern const std::span<const Dnsbl> dnsbls;
extern const std::span<const PackagedDefault> packaged_defaults;
extern const std::span<const Parameter> parameters;
extern const std::span<const Release> releases;  // by version
extern const std::span<const Restriction> restrictions;
extern const std::span<const TableType> table_types;
extern const std::span<const Family> families;
extern const std::span<const DictionarySuffix> dictionary_suffixes;
extern const std::span<const Service> services;
extern const std::span<const EvaluationOrder> evaluation_orders;  // by program and release
extern const std::span<const EnumerationSince> enumerations;      // by name and release

/// What the newest release knows, with Database::default_packaging, and the index of its names
/// (release_rows.hpp).
extern const std::span<const database::Parameter> newest;
extern const std::span<const std::uint16_t> newest_index;

}  // namespace postlint::database::tables
