#include "grammar/inline_table.hpp"

#include <boost/fusion/include/adapt_struct.hpp>

#include "grammar/restriction_list.hpp"
#include "grammar/x3/primitives.hpp"

BOOST_FUSION_ADAPT_STRUCT(postlint::grammar::InlineMember, key, value)

namespace postlint::grammar {
namespace {

using x3p::blank, x3p::span;

constexpr x3p::KeyStops member_stops{x3p::spaces | x3p::CharClass{"="}};
constexpr auto key = span[x3p::quoted_key(member_stops)];
constexpr auto member = blank >> key >> blank >> '=' >> blank >> span[x3p::trimmed_rest] >> blank;

InlineProblem problem_of(std::string_view text, Range inside) {
  Range ignored;
  if (x3p::parse(text, inside, blank)) return InlineProblem::no_key;
  if (!x3p::parse(text, inside, blank >> key >> x3p::rest, ignored)) {
    return InlineProblem::unbalanced_quote;
  }
  return InlineProblem::missing_equals;
}

/// Reads one word of the table; the problem, if there is one.
InlineProblem read_member(std::string_view text, Range word, InlineMember& result) {
  result.range = word;
  Range inside = word;
  if (text[word.lo] == '{') {
    const Braced braced = parse_braced(text.substr(word.lo, word.size()));
    if (braced.problem != BraceProblem::none) return InlineProblem::member_braces;
    inside = moved(braced.payload, word.lo);
  }
  if (!x3p::parse(text, inside, member, result)) return problem_of(text, inside);
  return InlineProblem::none;
}

}  // namespace

InlineTable parse_inline_table(std::string_view name) {
  InlineTable table;
  const auto refuse = [&table](InlineProblem problem, Range at) {
    if (table.problem != InlineProblem::none) return;
    table.problem = problem;
    table.at = at;
  };
  const Range whole{0, static_cast<std::uint32_t>(name.size())};
  const Braced braced = parse_braced(name, false);
  if (braced.problem != BraceProblem::none || braced.payload.empty()) {
    refuse(InlineProblem::braces, whole);
    return table;
  }
  const std::string_view inside = name.substr(braced.payload.lo, braced.payload.size());
  for (const Word& word : parse_restriction_list(inside).words) {
    InlineMember result;
    const Range range = moved(word.range, braced.payload.lo);
    const InlineProblem problem = read_member(name, range, result);
    if (problem == InlineProblem::none) {
      table.members.push_back(result);
    } else {
      refuse(problem, range);
    }
  }
  if (table.members.empty()) refuse(InlineProblem::empty_table, whole);
  return table;
}

InlineRules parse_inline_rules(std::string_view name) {
  InlineRules result;
  const auto refuse = [&result](BraceProblem problem, Range at) {
    if (result.problem != BraceProblem::none) return;
    result.problem = problem;
    result.at = at;
  };
  const Braced braced = parse_braced(name, false);
  if (braced.problem != BraceProblem::none) refuse(braced.problem, braced.at);
  const std::string_view inside = name.substr(braced.payload.lo, braced.payload.size());
  for (const Word& word : parse_restriction_list(inside).words) {
    const std::uint32_t start = word.range.lo + braced.payload.lo;
    const Braced rule = parse_braced(name.substr(start, word.range.size()));
    if (rule.problem != BraceProblem::none) {
      refuse(rule.problem, moved(rule.at, start));
      continue;
    }
    const Range range = moved(rule.payload, start);
    if (!range.empty() && name[range.lo] != '#') result.rules.push_back(range);
  }
  return result;
}

}  // namespace postlint::grammar
