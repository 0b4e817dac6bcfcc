#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::grammar {

/// regexp: (POSIX) and pcre: tables differ in flags, escapes and second patterns.
enum class RegexpSyntax : std::uint8_t { posix, pcre };

/// What the flags behind a pattern leave in force. Each letter toggles.
struct RegexpFlags {
  bool ignore_case = true;       // i
  bool multiline = false;        // m
  bool extended = false;         // x; posix: starts as true, off = basic syntax
  bool dot_all = false;          // s, pcre: starts as true
  bool anchored = false;         // A, pcre
  bool dollar_end_only = false;  // E, pcre
  bool ungreedy = false;         // U, pcre
  bool extra = false;            // X, pcre: nothing where Postfix is built with PCRE2

  friend bool operator==(const RegexpFlags&, const RegexpFlags&) = default;
};

/// /pattern/flags
struct RegexpPattern {
  bool negated = false;
  Range pattern;  // between the delimiters
  Range letters;  // the flags
  RegexpFlags flags;
};

/// A piece of the text that a rule answers.
struct ReplacementPiece {
  Range range;              // literal: the bytes to put out ($$ is the piece "$"); else the $n
  std::uint32_t group = 0;  // $n; 0: literal
};

/// Why a line of a regexp: or pcre: table gives no rule.
enum class RegexpProblem : std::uint8_t {
  none,
  blank,                // nothing before a null byte: passed over in silence
  leading_white_space,  // the file starts with a continuation line, which is dropped
  no_pattern,           // no regexp
  no_closing_delimiter,
  unknown_flag,
  truncated_reference,  // ${ or $( without its end
  empty_reference,      // $ without a number behind it
  bad_group,            // $name: non-numeric replacement index
  group_zero,           // $0: out-of-range replacement index
  group_in_negation,    // $number found in negative match replacement text
  endif_without_if,
  unrecognized  // starts with a letter or digit, and is neither if nor endif
};

/// What Postfix warns about, without dropping the rule.
enum class RegexpWarning : std::uint8_t {
  none,
  no_replacement,  // using empty string
  text_after_if,   // usually an indented rule that was glued to the if line
  text_after_endif
};

/// One line of a regexp: or pcre: table.
struct RegexpRule {
  enum class Op : std::uint8_t { match, if_block, endif };
  Op op = Op::match;
  RegexpPattern pattern;
  std::optional<RegexpPattern> second;  // posix: /pattern/!/second/
  Range replacement;
  std::vector<ReplacementPiece> pieces;
  std::uint32_t highest_group = 0;
  RegexpProblem problem = RegexpProblem::none;
  Range at;  // of the problem
  RegexpWarning warning = RegexpWarning::none;
  Range warning_at;
};

/// `line`: one logical line. `nesting`: how many if blocks are open before it. Patterns are not
/// compiled here: a pattern that does not compile, and a group that it does not have, drop the rule
/// as well.
RegexpRule parse_regexp_rule(std::string_view line, RegexpSyntax syntax, std::size_t nesting);

/// What Postfix logs after "line N: ", for a problem of the rule; empty without one.
std::string problem_text(std::string_view line, const RegexpRule& rule, RegexpSyntax syntax);

/// Calls visit(const text::LogicalLine&, const RegexpRule&) for each logical line of the source.
/// visit says whether the rule stands: an if that does not compile opens no block. Returns the
/// lines of if blocks that no endif closes, innermost first: those reach to the end of the table.
template <class Visit>
std::vector<text::LogicalLine> for_each_regexp_rule(const text::SourceFile& file, text::FileId id,
                                                    text::LineArena& arena, RegexpSyntax syntax,
                                                    Visit&& visit) {
  std::vector<text::LogicalLine> open;
  text::LogicalLineReader reader(file, id, arena);
  text::LogicalLine line;
  while (reader.next(line)) {
    RegexpRule rule;
    if (line.starts_with_space()) {
      rule.problem = RegexpProblem::leading_white_space;
    } else {
      rule = parse_regexp_rule(line.text, syntax, open.size());
    }
    const bool stands = visit(std::as_const(line), std::as_const(rule));
    if (!stands || rule.problem != RegexpProblem::none) continue;
    if (rule.op == RegexpRule::Op::if_block) open.push_back(line);
    if (rule.op == RegexpRule::Op::endif) open.pop_back();
  }
  return {open.rbegin(), open.rend()};
}

}  // namespace postlint::grammar
