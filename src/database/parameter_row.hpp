#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/database/database.hpp"
#include "src/text/result.hpp"

// The format of rules/data/parameters.tsv, read by the generator at build time and by --database at
// run time. Views point into the text that was given.

namespace postlint::database {

/// What a parameter is from one release on, until the next revision.
struct Revision {
  Version from;
  bool known = false;  // postconf of that release knows the name
  Type type = Type::string;
  char time_unit = 0;
  std::string_view default_value;
  Bounds bounds;

  /// Equal but for the release.
  [[nodiscard]] bool same_facts(const Revision& other) const;
};

/// One line of the table.
struct ParameterRow {
  std::string_view name;
  std::vector<Revision> revisions;  // ascending; the first holds from oldest_version on
  bool platform_default = false;
  std::string_view daemons;
  std::string_view deprecated_since;
  std::string_view advice;
  Version introduced;
  std::vector<Version> backports;
  std::optional<Version> removed;
};

/// No release before this one is supported.
inline constexpr Version oldest_version{2, 9, 0};

/// "X.Y", "X.Y.Z" or "<=X.Y", digits only, with an optional 'v' before them.
std::optional<Version> parse_release(std::string_view text);

/// The fields of one line; an absent last field is not a field.
std::vector<std::string_view> split(std::string_view text, std::string_view separator);

/// Which column of a file holds which fact: made from the header line, so that files written for an
/// older postlint, with fewer columns at the end, are still read.
class ParameterFormat {
 public:
  /// `header`: the first line of the file, without its newline.
  static Result<ParameterFormat> from_header(std::string_view header);
  /// One line without its newline. The error says what is wrong with it, without file and line.
  [[nodiscard]] Result<ParameterRow> parse(std::string_view line) const;

 private:
  std::size_t columns_ = 0;
};

}  // namespace postlint::database
