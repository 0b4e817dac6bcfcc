#include "grammar/table_regexp.hpp"

#include <algorithm>

#include "grammar/x3/table_lines.hpp"

namespace postlint::grammar {
namespace {

using x3p::any, x3p::blank, x3p::endif_line, x3p::keyword, x3p::negations, x3p::Scanner, x3p::span,
    x3p::word_end;

/// A text between two equal bytes, with both. A backslash takes the next byte with it. At the very
/// end of a line, pcre finds no closing delimiter behind a backslash, while posix takes the
/// backslash itself for the delimiter.
constexpr auto delimited(RegexpSyntax syntax) {
  return Scanner([syntax](const char*& first, const char* last) {
    if (first == last) return false;
    const char delimiter = *first;
    for (const char* at = first + 1; at != last; ++at) {
      const bool escape = *at == '\\';
      const bool at_end = at + 1 == last;
      if (escape && !at_end) {
        ++at;
      } else if (escape ? syntax == RegexpSyntax::posix : *at == delimiter) {
        first = at + 1;
        return true;
      }
    }
    return false;
  });
}

/// Where posix flags end, a second pattern may begin.
constexpr x3p::CharClass posix_flag_chars = ~(x3p::spaces | x3p::CharClass{"!"});
constexpr auto posix_flags = any(posix_flag_chars);
constexpr auto pcre_flags = any(x3p::no_spaces);
constexpr auto posix_pattern =
    span[negations] >> span[delimited(RegexpSyntax::posix)] >> span[posix_flags] >> span[x3p::rest];
constexpr auto pcre_pattern =
    span[negations] >> span[delimited(RegexpSyntax::pcre)] >> span[pcre_flags] >> span[x3p::rest];
constexpr auto regexp_if_line = keyword("if") >> word_end >> blank >> span[x3p::rest];
constexpr auto after_blank = blank >> span[x3p::rest];

void refuse(RegexpRule& rule, RegexpProblem problem, Range at) {
  if (rule.problem != RegexpProblem::none) return;
  rule.problem = problem;
  rule.at = at;
}

void warn(RegexpRule& rule, RegexpWarning warning, Range at) {
  rule.warning = warning;
  rule.warning_at = at;
}

bool toggle(RegexpFlags& flags, char letter, RegexpSyntax syntax) {
  const auto flip = [](bool& flag) {
    flag = !flag;
    return true;
  };
  switch (letter) {
    case 'i':
      return flip(flags.ignore_case);
    case 'm':
      return flip(flags.multiline);
    case 'x':
      return flip(flags.extended);
    default:
      break;
  }
  if (syntax == RegexpSyntax::posix) return false;
  switch (letter) {
    case 's':
      return flip(flags.dot_all);
    case 'A':
      return flip(flags.anchored);
    case 'E':
      return flip(flags.dollar_end_only);
    case 'U':
      return flip(flags.ungreedy);
    case 'X':
      return flip(flags.extra);
    default:
      return false;
  }
}

/// Reads [!]/pattern/flags at the start of `piece`; what follows is left in it.
bool read_pattern(std::string_view text, RegexpSyntax syntax, Range& piece, RegexpRule& rule,
                  RegexpPattern& pattern) {
  const bool posix = syntax == RegexpSyntax::posix;
  pattern.flags.extended = posix;
  pattern.flags.dot_all = !posix;
  Range signs;
  Range with_delimiters;
  Range after;
  const bool read =
      posix ? x3p::parse(text, piece, posix_pattern, signs, with_delimiters, pattern.letters, after)
            : x3p::parse(text, piece, pcre_pattern, signs, with_delimiters, pattern.letters, after);
  if (!read) {
    const bool nothing = x3p::parse(text, piece, negations);
    refuse(rule, nothing ? RegexpProblem::no_pattern : RegexpProblem::no_closing_delimiter, piece);
    return false;
  }
  const std::string_view sign_text = slice(text, signs);
  pattern.negated = std::count(sign_text.begin(), sign_text.end(), '!') % 2 != 0;
  pattern.pattern = {with_delimiters.lo + 1, with_delimiters.hi - 1};
  piece = after;
  for (std::uint32_t at = pattern.letters.lo; at < pattern.letters.hi; ++at) {
    if (toggle(pattern.flags, text[at], syntax)) continue;
    refuse(rule, RegexpProblem::unknown_flag, {at, at + 1});
    return false;
  }
  return true;
}

/// One `$` construct of mac_parse(3), classified.
struct Reference {
  Range range;
  Range name;
  bool truncated = false;
};

Reference read_reference(std::string_view text, std::uint32_t at, std::uint32_t end) {
  const char opening = at + 1 < end ? text[at + 1] : '\0';
  if (opening != '(' && opening != '{') {
    std::uint32_t name_end = at + 1;
    while (name_end < end && (x3p::alnums.has(text[name_end]) || text[name_end] == '_')) {
      ++name_end;
    }
    return {{at, name_end}, {at + 1, name_end}, false};
  }
  const char closing = opening == '(' ? ')' : '}';
  std::size_t level = 0;
  for (std::uint32_t i = at + 1; i < end; ++i) {
    if (text[i] == opening) ++level;
    if (text[i] == closing && --level == 0) return {{at, i + 1}, {at + 2, i}, false};
  }
  return {{at, end}, {at + 2, end}, true};
}

/// atoi(3) into a size_t, as the prescan of replacement texts has it.
std::uint64_t group_number(std::string_view digits) {
  constexpr std::int64_t longest = 0x7fffffffffffffff;
  std::int64_t value = 0;
  for (const char c : digits) {
    const std::int64_t digit = c - '0';
    if (value > (longest - digit) / 10) {
      value = longest;
      break;
    }
    value = value * 10 + digit;
  }
  return static_cast<std::uint64_t>(static_cast<std::int32_t>(value));
}

void add_reference(std::string_view text, const Reference& reference, RegexpRule& rule) {
  const std::string_view name = slice(text, reference.name);
  const bool numeric =
      std::all_of(name.begin(), name.end(), [](char c) { return x3p::digits.has(c); });
  if (!numeric) return refuse(rule, RegexpProblem::bad_group, reference.range);
  const std::uint64_t number = group_number(name);
  if (number < 1) return refuse(rule, RegexpProblem::group_zero, reference.range);
  // What does not fit is negative in Postfix, too, and no pattern has that many groups.
  const auto group = static_cast<std::uint32_t>(number);
  rule.pieces.push_back({reference.range, group});
  rule.highest_group = std::max(rule.highest_group, group);
}

void read_replacement(std::string_view text, RegexpRule& rule) {
  const std::uint32_t end = rule.replacement.hi;
  std::uint32_t literal = rule.replacement.lo;
  const auto flush = [&](std::uint32_t at) {
    if (at > literal) rule.pieces.push_back({{literal, at}, 0});
  };
  for (std::uint32_t at = rule.replacement.lo; at < end;) {
    if (text[at] != '$') {
      ++at;
      continue;
    }
    const bool dollar = at + 1 < end && text[at + 1] == '$';
    flush(dollar ? at + 1 : at);
    if (dollar) {
      at += 2;
    } else {
      const Reference reference = read_reference(text, at, end);
      if (reference.truncated || reference.name.empty()) {
        return refuse(rule,
                      reference.truncated ? RegexpProblem::truncated_reference
                                          : RegexpProblem::empty_reference,
                      reference.range);
      }
      add_reference(text, reference, rule);
      at = reference.range.hi;
    }
    literal = at;
  }
  flush(end);
}

void read_match(std::string_view text, RegexpSyntax syntax, RegexpRule& rule) {
  Range piece{0, static_cast<std::uint32_t>(text.size())};
  if (!read_pattern(text, syntax, piece, rule, rule.pattern)) return;
  if (syntax == RegexpSyntax::posix && !piece.empty() && text[piece.lo] == '!') {
    if (!read_pattern(text, syntax, piece, rule, rule.second.emplace())) return;
  }
  x3p::parse(text, piece, after_blank, rule.replacement);
  if (rule.replacement.empty()) warn(rule, RegexpWarning::no_replacement, rule.replacement);
  read_replacement(text, rule);
  if (rule.highest_group > 0 && rule.pattern.negated) {
    refuse(rule, RegexpProblem::group_in_negation, rule.replacement);
  }
}

void read_if(std::string_view text, RegexpSyntax syntax, Range piece, RegexpRule& rule) {
  rule.op = RegexpRule::Op::if_block;
  if (!read_pattern(text, syntax, piece, rule, rule.pattern)) return;
  Range after;
  x3p::parse(text, piece, after_blank, after);
  if (!after.empty()) warn(rule, RegexpWarning::text_after_if, after);
}

std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && x3p::spaces.has(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

RegexpRule parse_regexp_rule(std::string_view line, RegexpSyntax syntax, std::size_t nesting) {
  const std::string_view text = trimmed_end(x3p::c_string(line));
  const Range whole{0, static_cast<std::uint32_t>(text.size())};
  RegexpRule rule;
  Range after;
  if (text.empty()) {
    refuse(rule, RegexpProblem::blank, whole);
  } else if (!x3p::alnums.has(text.front())) {
    read_match(text, syntax, rule);
  } else if (x3p::parse(text, regexp_if_line, after)) {
    read_if(text, syntax, after, rule);
  } else if (x3p::parse(text, endif_line, after)) {
    rule.op = RegexpRule::Op::endif;
    if (nesting == 0) {
      refuse(rule, RegexpProblem::endif_without_if, whole);
    } else if (!after.empty()) {
      warn(rule, RegexpWarning::text_after_endif, after);
    }
  } else {
    refuse(rule, RegexpProblem::unrecognized, whole);
  }
  return rule;
}

std::string problem_text(std::string_view line, const RegexpRule& rule, RegexpSyntax syntax) {
  const bool posix = syntax == RegexpSyntax::posix;
  const std::string at(line.substr(rule.at.lo, rule.at.size()));
  const auto skipped = [](const std::string& text) { return text + ": skipping this rule"; };
  switch (rule.problem) {
    case RegexpProblem::none:
    case RegexpProblem::blank:
      return {};
    case RegexpProblem::leading_white_space:
      return "logical line must not start with whitespace";
    case RegexpProblem::no_pattern:
      return skipped("no regexp");
    case RegexpProblem::no_closing_delimiter: {
      const std::size_t delimiter = at.find_first_not_of("! \t\n\v\f\r");
      const std::string what = std::string("no closing regexp delimiter \"") + at[delimiter] + '"';
      return posix ? skipped(what) : what + ": ignoring this rule";
    }
    case RegexpProblem::unknown_flag:
      return skipped("unknown regexp option \"" + at + '"');
    case RegexpProblem::truncated_reference:
    case RegexpProblem::empty_reference:
    case RegexpProblem::bad_group:
    case RegexpProblem::group_zero:
      return skipped("bad replacement syntax");
    case RegexpProblem::group_in_negation:
      return skipped("$number found in negative match replacement text");
    case RegexpProblem::endif_without_if:
      return "ignoring ENDIF without matching IF";
    case RegexpProblem::unrecognized:
      return "ignoring unrecognized request";
  }
  return {};
}

}  // namespace postlint::grammar
