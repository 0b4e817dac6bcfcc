#pragma once

#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// Why a lookup table specification cannot work.
enum class TableProblem : std::uint8_t {
  none,
  no_colon,    // expecting "type:name" form instead of "X": fatal for most programs
  empty_type,  // ":name": as above
  empty_name,  // "type:": as above
  braces,      // unionmap, pipemap, randmap, static: no { }, or they do not balance
  empty_list,  // unionmap:{}
  member,      // a table of unionmap or pipemap is not of the form type:name
  too_deep     // more nesting than deepest_table: not read further
};

inline constexpr unsigned deepest_table = 50;

/// type:name, split at the first ':' (dict_open(3)).
struct TableRef {
  Range range;
  /// Behind proxy: and debug: prefixes; text before it in `range` are those prefixes.
  Range type;
  Range name;
  TableProblem problem = TableProblem::none;
  Range at;  // of the problem
  /// unionmap:{...}, pipemap:{...}: their tables in order.
  std::vector<TableRef> tables;
  /// randmap:{...}: its results. static:VALUE: the one result, out of its braces and trimmed.
  std::vector<Range> values;
  /// The name is in braces: inline rules of cidr, regexp, pcre (3.7), and those above.
  bool braced = false;

  [[nodiscard]] bool prefixed() const { return type.lo != range.lo; }
};

/// What the name of an inline:, cidr:, regexp: or pcre: table in braces holds is read by
/// parse_inline_table() and parse_inline_rules() from grammar/inline_table.hpp.
TableRef parse_table_ref(std::string_view text);

/// The argument of check_ccert_access and the like: a table, or since 3.5
/// { type:name, search_order = word ... } (map_search(3)).
struct MapSearch {
  enum class Problem : std::uint8_t {
    none,
    braces,            // malformed map specification: the keyword answers 451
    empty,             // no table within the braces
    no_colon,          // expected maptype:mapname
    bad_attribute,     // neither name=value nor { name = value }
    unknown_attribute  // another name than search_order
  };
  TableRef table;
  std::vector<Range> search_order;
  bool has_search_order = false;
  Problem problem = Problem::none;  // the first one: Postfix stops there
  Range at;
};
MapSearch parse_map_search(std::string_view text);

/// A policy service or milter: endpoint, or since 3.0 { endpoint, name=value, { name = value } }.
struct ServiceSpec {
  enum class Problem : std::uint8_t {
    none,
    braces,    // fatal: policy service syntax error
    empty,     // fatal: empty policy service
    attribute  // fatal: malformed option; see the attribute
  };
  Range endpoint;
  std::vector<Attribute> attributes;
  Problem problem = Problem::none;  // the first one
  Range at;
};
ServiceSpec parse_service_spec(std::string_view text);

}  // namespace postlint::grammar
