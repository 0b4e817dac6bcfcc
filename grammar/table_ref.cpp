#include "grammar/table_ref.hpp"

#include "grammar/restriction_list.hpp"
#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {
namespace {

using x3p::list_gap, x3p::span, x3p::up_to;

constexpr auto prefixes = *(x3p::x3::lit("proxy:") | "debug:");
constexpr auto table = x3p::x3::omit[prefixes] >> span[up_to(':')] >> ':' >> span[x3p::rest];
constexpr auto first_word =
    list_gap >> span[x3p::braced_word(x3p::comma_blanks)] >> list_gap >> span[x3p::rest];
constexpr auto first_plain_word =
    list_gap >> span[x3p::some(x3p::no_comma_blanks)] >> list_gap >> span[x3p::rest];

/// The words of a piece, with offsets into the whole text.
std::vector<Range> words_of(std::string_view text, Range piece) {
  std::vector<Range> words;
  for (const Word& word : parse_restriction_list(slice(text, piece)).words) {
    words.push_back(moved(word.range, piece.lo));
  }
  return words;
}

void refuse(TableRef& ref, TableProblem problem, Range at) {
  ref.problem = problem;
  ref.at = at;
}

TableRef read_table(std::string_view text, Range range, unsigned depth);

/// The members of unionmap, pipemap and randmap: braces that end the name are mandatory.
void read_members(std::string_view text, TableRef& ref, unsigned depth) {
  const Braced braced = parse_braced(slice(text, ref.name), false);
  if (braced.problem != BraceProblem::none) return refuse(ref, TableProblem::braces, ref.name);
  const std::vector<Range> words = words_of(text, moved(braced.payload, ref.name.lo));
  if (words.empty()) return refuse(ref, TableProblem::empty_list, ref.name);
  if (slice(text, ref.type) == "randmap") {
    ref.values = words;
    return;
  }
  if (depth == deepest_table) return refuse(ref, TableProblem::too_deep, ref.name);
  for (const Range word : words) {
    ref.tables.push_back(read_table(text, word, depth + 1));
    const TableProblem problem = ref.tables.back().problem;
    const bool misspelt = problem == TableProblem::no_colon ||
                          problem == TableProblem::empty_type ||
                          problem == TableProblem::empty_name;
    if (misspelt && ref.problem == TableProblem::none) refuse(ref, TableProblem::member, word);
  }
}

void read_static(std::string_view text, TableRef& ref) {
  if (!ref.braced) {
    ref.values = {ref.name};
    return;
  }
  const Braced braced = parse_braced(slice(text, ref.name));
  ref.values = {moved(braced.payload, ref.name.lo)};
  if (braced.problem != BraceProblem::none) refuse(ref, TableProblem::braces, ref.name);
}

TableRef read_table(std::string_view text, Range range, unsigned depth) {
  TableRef ref;
  ref.range = ref.type = ref.name = range;
  if (!x3p::parse(text, range, table, ref.type, ref.name)) {
    ref.name.lo = range.hi;
    refuse(ref, TableProblem::no_colon, range);
    return ref;
  }
  if (ref.type.empty()) {
    refuse(ref, TableProblem::empty_type, range);
    return ref;
  }
  if (ref.name.empty()) {
    refuse(ref, TableProblem::empty_name, range);
    return ref;
  }
  ref.braced = text[ref.name.lo] == '{';
  const std::string_view type = slice(text, ref.type);
  if (type == "unionmap" || type == "pipemap" || type == "randmap") {
    read_members(text, ref, depth);
  } else if (type == "static") {
    read_static(text, ref);
  }
  return ref;
}

Range whole(std::string_view text) { return {0, static_cast<std::uint32_t>(text.size())}; }

Attribute attribute_at(std::string_view text, Range range) {
  Attribute attribute = parse_attribute(slice(text, range));
  attribute.range = range;
  attribute.name = moved(attribute.name, range.lo);
  attribute.value = moved(attribute.value, range.lo);
  return attribute;
}

void refuse(MapSearch& search, MapSearch::Problem problem, Range at) {
  if (search.problem != MapSearch::Problem::none) return;
  search.problem = problem;
  search.at = at;
}

void read_search_attribute(std::string_view text, Range word, MapSearch& search) {
  const Attribute attribute = attribute_at(text, word);
  if (attribute.problem != AttributeProblem::none) {
    return refuse(search, MapSearch::Problem::bad_attribute, word);
  }
  if (!x3p::parse(text, attribute.name, x3p::keyword("search_order"))) {
    return refuse(search, MapSearch::Problem::unknown_attribute, attribute.name);
  }
  search.has_search_order = true;
  search.search_order.clear();
  for (const Range atom : parse_plain_list(slice(text, attribute.value))) {
    search.search_order.push_back(moved(atom, attribute.value.lo));
  }
}

}  // namespace

TableRef parse_table_ref(std::string_view text) { return read_table(text, whole(text), 0); }

MapSearch parse_map_search(std::string_view text) {
  MapSearch search;
  Range spec = whole(text);
  Range attributes{spec.hi, spec.hi};
  if (!text.empty() && text.front() == '{') {
    const Braced braced = parse_braced(text);
    if (braced.problem != BraceProblem::none) {
      refuse(search, MapSearch::Problem::braces, braced.at);
    }
    if (!x3p::parse(text, braced.payload, first_word, spec, attributes)) {
      refuse(search, MapSearch::Problem::empty, whole(text));
      spec = {braced.payload.lo, braced.payload.lo};
    }
  }
  search.table = read_table(text, spec, 0);
  if (search.table.problem == TableProblem::no_colon) {
    refuse(search, MapSearch::Problem::no_colon, spec);
  }
  for (const Range word : words_of(text, attributes)) read_search_attribute(text, word, search);
  return search;
}

ServiceSpec parse_service_spec(std::string_view text) {
  ServiceSpec spec;
  spec.endpoint = whole(text);
  if (text.empty() || text.front() != '{') return spec;
  const auto refuse_spec = [&spec](ServiceSpec::Problem problem, Range at) {
    if (spec.problem != ServiceSpec::Problem::none) return;
    spec.problem = problem;
    spec.at = at;
  };
  const Braced braced = parse_braced(text);
  if (braced.problem != BraceProblem::none) refuse_spec(ServiceSpec::Problem::braces, braced.at);
  Range attributes;
  if (!x3p::parse(text, braced.payload, first_plain_word, spec.endpoint, attributes)) {
    refuse_spec(ServiceSpec::Problem::empty, whole(text));
    spec.endpoint = {braced.payload.lo, braced.payload.lo};
    return spec;
  }
  for (const Range word : words_of(text, attributes)) {
    spec.attributes.push_back(attribute_at(text, word));
    if (spec.attributes.back().problem != AttributeProblem::none) {
      refuse_spec(ServiceSpec::Problem::attribute, word);
    }
  }
  return spec;
}

}  // namespace postlint::grammar
