#include "grammar/table_regexp.hpp"

#include <algorithm>
#include <array>

#include "grammar/inline_table.hpp"
#include "src/smtpd/regular_expression.hpp"
#include "src/smtpd/table_types.hpp"

namespace postlint::smtpd {
namespace {

using grammar::RegexpFlags;
using grammar::RegexpPattern;
using grammar::RegexpRule;
using grammar::RegexpSyntax;
using ResultKind = LookupResult::Kind;
using RegexpOutcome = RegularExpression::Outcome;

/// One pattern of a rule, ready to be asked.
struct Condition {
  std::unique_ptr<RegularExpression> expression;  // null: too hard to compile
  std::string text;
  bool negated = false;
  RegexpFlags flags;

  /// Does the condition hold?
  RegexpOutcome holds(std::string_view key, std::vector<GroupRange>* groups) const {
    if (expression == nullptr) return RegexpOutcome::too_hard;
    const RegexpOutcome outcome = expression->match(key, groups);
    if (!negated || outcome == RegexpOutcome::too_hard) return outcome;
    return outcome == RegexpOutcome::match ? RegexpOutcome::no_match : RegexpOutcome::match;
  }
};

/// A piece of a result: text, or a group of the match.
struct ResultPiece {
  std::string text;
  std::uint32_t group = 0;
};

struct Rule {
  RegexpRule::Op op = RegexpRule::Op::match;
  Condition first;
  std::optional<Condition> second;
  std::vector<ResultPiece> pieces;
  std::string value;  // unsubstituted
  std::uint32_t highest_group = 0;
  bool conditional = false;
  std::size_t endif = 0;  // of an if: the rule behind its block
  text::Span span;
};

/// Does the pattern match whatever the key is?
bool matches_any_key(const Condition& condition) {
  constexpr std::array<std::string_view, 10> patterns{"",    "^",   "$",    ".",  ".*",
                                                      "^.*", ".*$", "^.*$", ".+", "^.+$"};
  return !condition.negated &&
         std::find(patterns.begin(), patterns.end(), condition.text) != patterns.end();
}

class RegexpTable : public Table {
 public:
  RegexpTable(const TableSpec& spec, RegexpSyntax syntax)
      : Table(spec.type_name, false, spec.flags), path_(spec.name.text()), syntax_(syntax) {}

  /// Takes one line of the table; says whether its rule stands.
  bool take(const text::MappedView& line, std::uint32_t number, const RegexpRule& rule) {
    line_ = &line;
    number_ = number;
    report(rule);
    if (rule.problem != grammar::RegexpProblem::none) return false;
    Rule compiled;
    compiled.op = rule.op;
    compiled.span = line.span();
    compiled.conditional = !open_.empty();
    if (rule.op != RegexpRule::Op::endif && !compile(rule, compiled)) return false;
    if (rule.op == RegexpRule::Op::endif) {
      rules_[open_.back()].endif = rules_.size();
      open_.pop_back();
    }
    if (rule.op == RegexpRule::Op::if_block) open_.push_back(rules_.size());
    rules_.push_back(std::move(compiled));
    return true;
  }

  void finish() {
    for (const std::size_t at : open_) rules_[at].endif = rules_.size();
    open_.clear();
  }

  void warn_open(const text::LogicalLine& line) {
    warn(line.view().span(), prefix(line.line) + "IF has no matching ENDIF");
  }
  [[nodiscard]] std::size_t nesting() const { return open_.size(); }

  bool each_entry(const std::function<bool(const TableEntry&)>& visit) const override {
    for (const Rule& rule : rules_) {
      if (rule.op != RegexpRule::Op::match) continue;
      TableEntry entry;
      entry.kind = TableEntry::Kind::regexp;
      entry.pattern = rule.first.text;
      entry.value = rule.value;
      entry.negated = rule.first.negated;
      entry.conditional = rule.conditional || rule.second.has_value();
      entry.span = rule.span;
      if (!visit(entry)) break;
    }
    return true;
  }

  bool each_pattern(const std::function<void(const TableEntry&)>& visit) const override {
    for (const Rule& rule : rules_) {
      if (rule.op == RegexpRule::Op::endif) continue;
      TableEntry entry;
      entry.kind = TableEntry::Kind::regexp;
      entry.value = rule.value;
      entry.conditional = rule.conditional || rule.second || rule.op != RegexpRule::Op::match;
      entry.span = rule.span;
      for (const Condition* condition : {&rule.first, rule.second ? &*rule.second : nullptr}) {
        if (condition == nullptr) continue;
        entry.pattern = condition->text;
        entry.negated = condition->negated;
        entry.ignore_case = condition->flags.ignore_case;
        entry.usual_flags = usual(condition->flags);
        visit(entry);
      }
    }
    return true;
  }

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    std::vector<GroupRange> groups;
    for (std::size_t at = 0; at < rules_.size(); ++at) {
      const Rule& rule = rules_[at];
      if (rule.op == RegexpRule::Op::endif) continue;
      const RegexpOutcome outcome = holds(rule, key, groups);
      if (outcome == RegexpOutcome::too_hard) return too_hard(rule);
      if (rule.op == RegexpRule::Op::match) {
        if (outcome == RegexpOutcome::match) return answer(rule, key, groups);
      } else if (outcome == RegexpOutcome::no_match) {
        at = rule.endif;
      }
    }
    return {};
  }

 private:
  /// No flag but i.
  [[nodiscard]] bool usual(const RegexpFlags& flags) const {
    return !flags.multiline && !flags.anchored && !flags.dollar_end_only && !flags.ungreedy &&
           flags.extended == (syntax_ == RegexpSyntax::posix);
  }

  static RegexpOutcome holds(const Rule& rule, std::string_view key,
                             std::vector<GroupRange>& groups) {
    const RegexpOutcome first = rule.first.holds(key, rule.highest_group > 0 ? &groups : nullptr);
    if (first != RegexpOutcome::match || !rule.second) return first;
    return rule.second->holds(key, nullptr);
  }

  static LookupResult answer(const Rule& rule, std::string_view key,
                             const std::vector<GroupRange>& groups) {
    LookupResult result;
    result.kind = ResultKind::found;
    result.span = rule.span;
    result.any_key = !rule.conditional && !rule.second && matches_any_key(rule.first);
    for (const ResultPiece& piece : rule.pieces) {
      if (piece.group == 0) {
        result.value += piece.text;
      } else if (piece.group <= groups.size()) {
        const GroupRange range = groups[piece.group - 1];
        result.value += key.substr(range.lo, range.hi - range.lo);
      }
    }
    return result;
  }

  [[nodiscard]] LookupResult too_hard(const Rule& rule) const {
    LookupResult result;
    result.kind = ResultKind::unknown;
    result.span = rule.span;
    result.reason = "whether /" + rule.first.text + "/ of " + type_name() +
                    " matches: it takes too long to tell";
    return result;
  }

  bool compile(const RegexpRule& rule, Rule& compiled) {
    const bool wants_groups = rule.highest_group > 0;
    if (wants_groups && flags().forbid_substitution) {
      complain("regular expression substitution is not allowed: skipping this rule");
      return false;
    }
    if (!compile(rule.pattern, wants_groups, compiled.first)) return false;
    if (wants_groups && compiled.first.expression != nullptr &&
        rule.highest_group > compiled.first.expression->group_count()) {
      complain("out of range replacement index \"" + std::to_string(rule.highest_group) +
               "\": skipping this rule");
      return false;
    }
    if (rule.second && !compile(*rule.second, false, compiled.second.emplace())) return false;
    compiled.highest_group = rule.highest_group;
    compiled.value = line_->text(rule.replacement);
    for (const grammar::ReplacementPiece& piece : rule.pieces) {
      compiled.pieces.push_back({std::string(line_->text(piece.range)), piece.group});
    }
    return true;
  }

  bool compile(const RegexpPattern& pattern, bool groups, Condition& condition) {
    condition.text = line_->text(pattern.pattern);
    condition.flags = pattern.flags;
    condition.negated = pattern.negated;
    CompiledExpression compiled = syntax_ == RegexpSyntax::posix
                                      ? compile_posix(condition.text, pattern.flags, groups)
                                      : compile_pcre(condition.text, pattern.flags);
    condition.expression = std::move(compiled.expression);
    if (condition.expression != nullptr || compiled.too_hard) return true;
    complain(compiled.error);
    return false;
  }

  /// What Postfix logs about the line by itself.
  void report(const RegexpRule& rule) {
    const std::string problem = grammar::problem_text(line_->text(), rule, syntax_);
    if (rule.problem == grammar::RegexpProblem::leading_white_space) {
      return warn(line_->span(), path_ + ": " + problem);
    }
    switch (rule.warning) {
      case grammar::RegexpWarning::none:
        break;
      case grammar::RegexpWarning::no_replacement:
        complain("no replacement text: using empty string");
        break;
      case grammar::RegexpWarning::text_after_if:
        complain("ignoring extra text after IF statement: \"" +
                 std::string(line_->text(rule.warning_at)) + '"');
        complain("do not prepend whitespace to statements between IF and ENDIF");
        break;
      case grammar::RegexpWarning::text_after_endif:
        complain("ignoring extra text after ENDIF");
        break;
    }
    if (!problem.empty()) complain(problem);
  }

  void complain(const std::string& text) { warn(line_->span(), prefix(number_) + text); }

  [[nodiscard]] std::string prefix(std::uint32_t number) const {
    return (syntax_ == RegexpSyntax::posix ? "regexp map " : "pcre map ") + path_ + ", line " +
           std::to_string(number) + ": ";
  }

  std::string path_;
  RegexpSyntax syntax_;
  std::vector<Rule> rules_;
  std::vector<std::size_t> open_;
  const text::MappedView* line_ = nullptr;  // while a line is taken
  std::uint32_t number_ = 0;
};

std::unique_ptr<Table> from_source(const TableSpec& spec, TableSource source, RegexpSyntax syntax) {
  auto table = std::make_unique<RegexpTable>(spec, syntax);
  text::LineArena arena;
  const auto open =
      grammar::for_each_regexp_rule(source.file, source.id, arena, syntax,
                                    [&](const text::LogicalLine& line, const RegexpRule& rule) {
                                      return table->take(line.view(), line.line, rule);
                                    });
  for (const text::LogicalLine& line : open) table->warn_open(line);
  table->finish();
  return table;
}

std::unique_ptr<Table> from_braces(const TableSpec& spec, RegexpSyntax syntax) {
  const grammar::InlineRules rules = grammar::parse_inline_rules(spec.name.text());
  if (rules.problem != grammar::BraceProblem::none) {
    return make_failing_table(spec, inline_rules_problem(spec));
  }
  auto table = std::make_unique<RegexpTable>(spec, syntax);
  std::uint32_t number = 0;
  for (const text::Range range : rules.rules) {
    const text::MappedView line = spec.name.sub(range);
    table->take(line, ++number, grammar::parse_regexp_rule(line.text(), syntax, table->nesting()));
  }
  table->finish();
  return table;
}

}  // namespace

std::unique_ptr<Table> make_regexp_table(const TableSpec& spec, TableSource source) {
  return from_source(spec, source, RegexpSyntax::posix);
}
std::unique_ptr<Table> make_regexp_table(const TableSpec& spec) {
  return from_braces(spec, RegexpSyntax::posix);
}
std::unique_ptr<Table> make_pcre_table(const TableSpec& spec, TableSource source) {
  return from_source(spec, source, RegexpSyntax::pcre);
}
std::unique_ptr<Table> make_pcre_table(const TableSpec& spec) {
  return from_braces(spec, RegexpSyntax::pcre);
}

}  // namespace postlint::smtpd
