#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast.hpp"
#include "grammar/network.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::grammar {

/// Why a line of a cidr: table gives no rule (dict_cidr(3): "skipping this rule").
enum class CidrProblem : std::uint8_t {
  none,
  leading_white_space,  // the file starts with a continuation line, which is dropped
  no_pattern,           // no address pattern
  bad_pattern,          // see network
  no_result,            // no lookup result
  text_after_endif,     // garbage after ENDIF
  endif_without_if
};

/// One line of a cidr: table.
struct CidrRule {
  enum class Op : std::uint8_t { match, if_block, endif };
  Op op = Op::match;
  bool negated = false;
  Range pattern;
  NetworkPattern network;  // its ranges count in the line, too
  Range result;            // of match
  CidrProblem problem = CidrProblem::none;
  Range at;  // of the problem
};

/// `line`: one logical line. `nesting`: how many if blocks are open before it.
CidrRule parse_cidr_rule(std::string_view line, std::size_t nesting);

/// What Postfix logs between "line N: " and ": skipping this rule"; empty without a problem.
std::string problem_text(std::string_view line, const CidrRule& rule);

/// Calls visit(const text::LogicalLine&, const CidrRule&) for each logical line of the source.
/// Returns the lines of if blocks that no endif closes, innermost first: those blocks reach to the
/// end of the table.
template <class Visit>
std::vector<text::LogicalLine> for_each_cidr_rule(const text::SourceFile& file, text::FileId id,
                                                  text::LineArena& arena, Visit&& visit) {
  std::vector<text::LogicalLine> open;
  text::LogicalLineReader reader(file, id, arena);
  text::LogicalLine line;
  while (reader.next(line)) {
    CidrRule rule;
    if (line.starts_with_space()) {
      rule.problem = CidrProblem::leading_white_space;
    } else {
      rule = parse_cidr_rule(line.text, open.size());
    }
    visit(std::as_const(line), std::as_const(rule));
    if (rule.problem != CidrProblem::none) continue;
    if (rule.op == CidrRule::Op::if_block) open.push_back(line);
    if (rule.op == CidrRule::Op::endif) open.pop_back();
  }
  return {open.rbegin(), open.rend()};
}

}  // namespace postlint::grammar
