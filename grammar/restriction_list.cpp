#include "grammar/restriction_list.hpp"

#include <boost/fusion/include/adapt_struct.hpp>

#include "grammar/x3/primitives.hpp"

BOOST_FUSION_ADAPT_STRUCT(postlint::grammar::Attribute, name, value)

namespace postlint::grammar {
namespace {

using x3p::any, x3p::blank, x3p::some, x3p::span;

constexpr auto list_of(const x3p::CharClass& separators) {
  return *(any(separators) >> span[x3p::braced_word(separators)]) >> any(separators);
}
constexpr auto restriction_list = list_of(x3p::comma_blanks);
constexpr auto arguments = list_of(x3p::blanks);
constexpr auto plain_list = *(any(x3p::comma_blanks) >> span[some(x3p::no_comma_blanks)]) >>
                            any(x3p::comma_blanks);

constexpr x3p::CharClass attribute_name_chars = ~(x3p::spaces | x3p::CharClass{"="});
constexpr auto attribute_name = some(attribute_name_chars);
constexpr auto attribute_line =
    blank >> span[attribute_name] >> blank >> '=' >> blank >> span[x3p::trimmed_rest] >> blank;

void note_braces(std::string_view text, WordList& list) {
  std::uint32_t level = 0;
  std::uint32_t opened = 0;
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    if (text[at] == '{' && level++ == 0) opened = at;
    if (text[at] != '}') continue;
    if (level == 0) {
      list.stray_closers.push_back({at, at + 1});
    } else {
      --level;
    }
  }
  if (level > 0) list.unclosed = {opened, opened + 1};
}

template <class Grammar>
WordList parse_words(std::string_view text, const Grammar& grammar) {
  std::vector<Range> ranges;
  x3p::parse(text, grammar, ranges);
  WordList list;
  list.words.reserve(ranges.size());
  for (const Range range : ranges) list.words.push_back({range, text[range.lo] == '{'});
  note_braces(text, list);
  return list;
}

Range trimmed(std::string_view text, Range range) {
  while (range.hi > range.lo && x3p::spaces.has(text[range.hi - 1])) --range.hi;
  while (range.lo < range.hi && x3p::spaces.has(text[range.lo])) ++range.lo;
  return range;
}

}  // namespace

WordList parse_restriction_list(std::string_view text) {
  return parse_words(text, restriction_list);
}

WordList parse_arguments(std::string_view text) { return parse_words(text, arguments); }

std::vector<Range> parse_plain_list(std::string_view text) {
  std::vector<Range> words;
  x3p::parse(text, plain_list, words);
  return words;
}

std::vector<std::string_view> plain_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (const Range range : parse_plain_list(text)) words.push_back(slice(text, range));
  return words;
}

Braced parse_braced(std::string_view text, bool strip) {
  const auto end = static_cast<std::uint32_t>(text.size());
  Braced braced{.payload = {0, end}, .problem = BraceProblem::none, .at = {0, end}};
  Range whole;
  if (text.empty() || text.front() != '{') {
    braced.problem = BraceProblem::no_opening;
  } else if (!x3p::parse(text, span[x3p::balanced] >> x3p::rest, whole)) {
    braced.problem = BraceProblem::no_closing;
    braced.payload.lo = 1;
  } else {
    braced.payload = {1, whole.hi - 1};
    braced.at = {whole.hi, end};
    if (whole.hi != end) braced.problem = BraceProblem::text_after_end;
  }
  if (strip) braced.payload = trimmed(text, braced.payload);
  return braced;
}

Attribute parse_attribute(std::string_view text) {
  Attribute result;
  Range inside{0, static_cast<std::uint32_t>(text.size())};
  if (!text.empty() && text.front() == '{') {
    const Braced braced = parse_braced(text);
    if (braced.problem != BraceProblem::none) result.problem = AttributeProblem::braces;
    inside = braced.payload;
  }
  if (!x3p::parse(text, inside, attribute_line, result)) {
    const Range trim = trimmed(text, inside);
    const bool nameless = trim.empty() || text[trim.lo] == '=';
    if (result.problem == AttributeProblem::none) {
      result.problem = nameless ? AttributeProblem::missing_name : AttributeProblem::missing_equals;
    }
    result.name = nameless ? Range{trim.lo, trim.lo} : trim;
    result.value = {trim.hi, trim.hi};
  }
  result.range = {0, static_cast<std::uint32_t>(text.size())};
  return result;
}

}  // namespace postlint::grammar
