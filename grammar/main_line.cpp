#include "grammar/main_line.hpp"

#include <cstring>

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {

namespace {

namespace x3 = x3p::x3;
using x3p::any, x3p::CharClass, x3p::some, x3p::span, x3p::spaces, x3p::text_start,
    x3p::trimmed_rest;

constexpr CharClass left_of_equals = ~(spaces | CharClass("="));
constexpr auto name_part = any(spaces) >> span[some(left_of_equals)] >> any(spaces);
constexpr auto value_part = x3::lit('=') >> any(spaces) >> span[trimmed_rest];

}  // namespace

MainLine parse_main_line(std::string_view line) {
  const char* const begin = line.data();
  const auto* nul = static_cast<const char*>(std::memchr(begin, '\0', line.size()));
  const char* const end = nul != nullptr ? nul : begin + line.size();
  const char* at = begin;
  MainLine tree;
  if (!x3::parse(at, end, x3::with<text_start>(begin)[name_part], tree.name)) {
    tree.kind = MainLine::Kind::missing_name;
  } else if (!x3::parse(at, end, x3::with<text_start>(begin)[value_part], tree.value)) {
    tree.kind = MainLine::Kind::missing_equals;
  }
  return tree;
}

}  // namespace postlint::grammar
