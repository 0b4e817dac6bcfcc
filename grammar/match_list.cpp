#include "grammar/match_list.hpp"

#include <boost/fusion/include/adapt_struct.hpp>

#include "grammar/network.hpp"
#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {
namespace {

/// '!' signs and what follows them.
struct Shape {
  Range negations;
  Range pattern;
};

}  // namespace
}  // namespace postlint::grammar

BOOST_FUSION_ADAPT_STRUCT(postlint::grammar::Shape, negations, pattern)

namespace postlint::grammar {
namespace {

using x3p::any, x3p::list_gap, x3p::span;

constexpr x3p::CharClass negation{"!"};
constexpr auto match_item = span[any(negation)] >> span[-x3p::braced_word(x3p::comma_blanks)];
/// The word that ends a list is no item, though it stands where one is expected.
constexpr auto match_list =
    *(list_gap >> !(x3p::x3::lit('#') | x3p::x3::eoi) >> match_item) >> list_gap >> span[x3p::rest];

MatchItem::Kind kind_of(std::string_view pattern) {
  if (pattern.empty()) return MatchItem::Kind::no_pattern;
  if (pattern.front() == '/') return MatchItem::Kind::file;
  if (pattern.front() != '[' && pattern.find(':') != std::string_view::npos) {
    return MatchItem::Kind::table;
  }
  return is_network_pattern(pattern) ? MatchItem::Kind::network : MatchItem::Kind::literal;
}

MatchItem item_of(std::string_view text, const Shape& shape) {
  MatchItem result;
  result.range = {shape.negations.lo, shape.pattern.hi};
  result.pattern = shape.pattern;
  result.kind = kind_of(text.substr(shape.pattern.lo, shape.pattern.size()));
  result.negated = shape.negations.size() % 2 != 0;
  return result;
}

/// The '{' in force at the end of the last item.
Range unclosed_brace(std::string_view text, const MatchItem& last) {
  std::uint32_t level = 0;
  Range opened;
  for (std::uint32_t at = last.range.lo; at < last.range.hi; ++at) {
    if (text[at] == '{' && level++ == 0) opened = {at, at + 1};
    if (text[at] == '}' && level > 0) --level;
  }
  return level > 0 ? opened : Range{};
}

}  // namespace

MatchList parse_match_list(std::string_view text) {
  std::vector<Shape> shapes;
  MatchList list;
  x3p::parse(text, match_list, shapes, list.comment);
  list.items.reserve(shapes.size());
  for (const Shape& shape : shapes) list.items.push_back(item_of(text, shape));
  if (!list.items.empty()) list.unclosed = unclosed_brace(text, list.items.back());
  return list;
}

}  // namespace postlint::grammar
