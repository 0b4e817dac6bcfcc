#include "grammar/table_cidr.hpp"

#include <algorithm>

#include "grammar/x3/table_lines.hpp"

namespace postlint::grammar {
namespace {

using x3p::any, x3p::blank, x3p::endif_line, x3p::keyword, x3p::negations, x3p::span, x3p::word_end;

constexpr auto cidr_if_line =
    keyword("if") >> word_end >> span[negations] >> span[x3p::trimmed_rest] >> blank;
constexpr auto rule_line =
    span[negations] >> span[any(x3p::no_spaces)] >> blank >> span[x3p::trimmed_rest] >> blank;

bool odd_negations(std::string_view text, Range range) {
  const std::string_view signs = text.substr(range.lo, range.size());
  return std::count(signs.begin(), signs.end(), '!') % 2 != 0;
}

void refuse(CidrRule& rule, CidrProblem problem, Range at) {
  rule.problem = problem;
  rule.at = at;
}

void read_pattern(std::string_view text, CidrRule& rule) {
  if (rule.pattern.empty()) return refuse(rule, CidrProblem::no_pattern, rule.pattern);
  rule.network = parse_network(text.substr(rule.pattern.lo, rule.pattern.size()));
  for (Range* range : {&rule.network.at, &rule.network.address, &rule.network.mask}) {
    *range = moved(*range, rule.pattern.lo);
  }
  if (!rule.network.network) refuse(rule, CidrProblem::bad_pattern, rule.network.at);
}

}  // namespace

CidrRule parse_cidr_rule(std::string_view line, std::size_t nesting) {
  const std::string_view text = x3p::c_string(line);
  CidrRule rule;
  Range signs;
  Range after;
  if (x3p::parse(text, cidr_if_line, signs, rule.pattern)) {
    rule.op = CidrRule::Op::if_block;
    rule.negated = odd_negations(text, signs);
    read_pattern(text, rule);
  } else if (x3p::parse(text, endif_line, after)) {
    rule.op = CidrRule::Op::endif;
    const Range whole{0, static_cast<std::uint32_t>(text.size())};
    if (!after.empty()) {
      refuse(rule, CidrProblem::text_after_endif, after);
    } else if (nesting == 0) {
      refuse(rule, CidrProblem::endif_without_if, whole);
    }
  } else {
    x3p::parse(text, rule_line, signs, rule.pattern, rule.result);
    rule.negated = odd_negations(text, signs);
    read_pattern(text, rule);
    if (rule.problem == CidrProblem::none && rule.result.empty()) {
      refuse(rule, CidrProblem::no_result, rule.pattern);
    }
  }
  return rule;
}

std::string problem_text(std::string_view line, const CidrRule& rule) {
  switch (rule.problem) {
    case CidrProblem::none:
      return {};
    case CidrProblem::leading_white_space:
      return "logical line must not start with whitespace";
    case CidrProblem::no_pattern:
      return "no address pattern";
    case CidrProblem::bad_pattern:
      return problem_text(line, rule.network);
    case CidrProblem::no_result:
      return "no lookup result";
    case CidrProblem::text_after_endif:
      return "garbage after ENDIF";
    case CidrProblem::endif_without_if:
      return "ENDIF without IF";
  }
  return {};
}

}  // namespace postlint::grammar
