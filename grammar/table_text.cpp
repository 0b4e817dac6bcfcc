#include "grammar/table_text.hpp"

#include <boost/fusion/include/adapt_struct.hpp>

#include "grammar/x3/primitives.hpp"

BOOST_FUSION_ADAPT_STRUCT(postlint::grammar::TextEntry, key, value)

namespace postlint::grammar {
namespace {

using x3p::blank, x3p::span;

constexpr x3p::KeyStops key_stops{x3p::spaces};
constexpr auto entry =
    span[x3p::quoted_key(key_stops)] >> blank >> span[x3p::trimmed_rest] >> blank;

}  // namespace

TextEntry parse_text_entry(std::string_view line) {
  const std::string_view text = x3p::c_string(line);
  TextEntry result;
  if (!x3p::parse(text, entry, result)) {
    result.key = result.value = {0, static_cast<std::uint32_t>(text.size())};
    result.problem = TextProblem::unbalanced_quote;
  } else if (result.key.empty() || result.value.empty()) {
    result.problem = TextProblem::missing_value;
  }
  result.key_with_colon = !result.key.empty() && text[result.key.hi - 1] == ':';
  return result;
}

}  // namespace postlint::grammar
