#include "src/model/expansion.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "src/model/compatibility_level.hpp"
#include "src/text/ascii.hpp"

namespace postlint::model {

namespace {

using grammar::MacroBody;
using grammar::MacroSyntax;
using grammar::ValuePart;
using text::MappedText;
using text::MappedView;

/// The nesting that mac_expand(3) allows within one value.
constexpr int max_level = 100;
/// Beyond these Postfix itself has run out of stack or patience: a comparison that leads back to
/// its own value recurses without a limit, and names that double each other grow without one.
constexpr int max_expansion_depth = 1000;
constexpr std::size_t max_steps = 2'000'000;
constexpr std::size_t max_result = std::size_t{64} << 20U;

using Visit = std::function<void(std::string_view, text::Span)>;

std::string cut(std::string_view text, std::size_t at) {
  constexpr std::size_t shown = 20;
  return std::string(text.substr(at, shown));
}

/// One run of mac_expand(3). `level` is kept exactly as Postfix keeps it (it is not wound back
/// after an error), because later pieces of a broken value are still looked at and warned about.
class Expander {
 public:
  struct Budget {
    int depth = 0;
    std::size_t steps = 0;
  };

  Expander(const MacroLookup* lookup, const Visit* visit, const MacroSyntax& syntax,
           Expansion& into, MappedText* result, Budget& budget)
      : lookup_(lookup),
        visit_(visit),
        syntax_(syntax),
        into_(into),
        result_(result),
        budget_(budget) {}

  bool run(const MappedView& value) {
    parse(value);
    return !error_;
  }

 private:
  [[nodiscard]] bool scanning() const { return visit_ != nullptr; }
  [[nodiscard]] bool stopped() const { return into_.status >= ExpansionStatus::fatal; }

  void warn(std::string text, text::Span place) {
    if (into_.warnings.empty()) into_.error_at = place;
    into_.warnings.push_back(std::move(text));
    error_ = true;
    into_.status = std::max(into_.status, ExpansionStatus::error);
  }

  /// mac_parse(3). Once a piece has failed, bracketed names end the loop and plain ones do not.
  void parse(const MappedView& value) {
    if (value.text().find('$') == std::string_view::npos) {
      if (!value.text().empty() && !stopped()) on_literal(value);
      return;
    }
    MappedText literal;
    bool failed = false;
    for (const ValuePart& part : grammar::parse_value(value.text())) {
      if (stopped()) return;
      switch (part.kind) {
        case ValuePart::Kind::literal:
          literal.append(value.sub(part.range));
          continue;
        case ValuePart::Kind::dollar:
          literal.append(value.sub({part.range.lo, part.range.lo + 1}));
          continue;
        default:
          break;
      }
      if (!literal.text().empty()) {
        on_literal(literal.view());
        failed = failed || error_;
        literal = MappedText();
      }
      if (part.kind == ValuePart::Kind::truncated) {
        warn("truncated macro reference: \"" + std::string(value.text()) + "\"",
             value.span(part.range));
        return;
      }
      const bool bracketed = part.kind == ValuePart::Kind::bracketed ||
                             (part.kind == ValuePart::Kind::empty_name && part.range.size() > 1);
      if (failed && bracketed) return;
      if (part.kind == ValuePart::Kind::empty_name) {
        warn("empty macro name: \"" + std::string(value.text()) + "\"", value.span(part.range));
        return;
      }
      on_reference(value.sub(part.body));
      failed = failed || error_;
    }
    if (!literal.text().empty() && !failed) on_literal(literal.view());
  }

  /// True if this piece may be worked on: the checks at the top of mac_expand_callback.
  bool enter(const MappedView& piece) {
    if (level_++ > max_level) {
      warn("unreasonable macro call nesting: \"" + std::string(piece.text()) + "\"", piece.span());
    }
    if (++budget_.steps > max_steps ||
        (result_ != nullptr && result_->text().size() > max_result)) {
      into_.status = ExpansionStatus::crash;
    }
    return !error_ && !stopped();
  }

  void on_literal(const MappedView& piece) {
    if (!enter(piece)) return;
    if (result_ != nullptr) result_->append(piece);
    --level_;
  }

  void on_reference(const MappedView& body) {
    if (!enter(body)) return;
    if (++budget_.depth > max_expansion_depth) {
      into_.status = ExpansionStatus::crash;
      return;
    }
    if (resolve(body)) --level_;
    --budget_.depth;
  }

  /// Evaluates the parts of ${...} in the order in which Postfix reads them. False: gave up.
  bool resolve(const MappedView& body) {
    const MacroBody tree = grammar::parse_macro_body(body.text(), syntax_);
    std::optional<MacroValue> found;
    if (tree.relation) {
      if (!tree.right_seen) return syntax_error(body, tree);
      const auto truth = compare(body, tree);
      if (!truth) return false;
      found = MacroValue{MappedView(*truth ? "true" : "", text::no_file, 0), false};
      if (scanning()) found.reset();
    } else {
      if (tree.error == MacroBody::Error::name_syntax) return syntax_error(body, tree);
      if (tree.function) return call_function(body, tree);
      found = look_up(body.sub(tree.name));
    }
    if (stopped()) return false;
    if (tree.test == 0 && tree.error == MacroBody::Error::none) return use(found);
    return choose(body, tree, found.has_value() && !found->text.text().empty());
  }

  std::optional<MacroValue> look_up(const MappedView& name) {
    if (scanning()) {
      (*visit_)(name.text(), name.span());
      return std::nullopt;
    }
    return (*lookup_)(name.text());
  }

  bool use(const std::optional<MacroValue>& found) {
    if (!found || scanning() || found->text.text().empty()) return true;
    if (found->verbatim) {
      result_->append(found->text);
      return true;
    }
    parse(found->text);
    return !error_;
  }

  bool choose(const MappedView& body, const MacroBody& tree, bool truth) {
    if (tree.if_true && (truth || scanning())) parse(body.sub(*tree.if_true));
    if (tree.if_false && (!truth || scanning())) parse(body.sub(*tree.if_false));
    if (tree.error != MacroBody::Error::none) return syntax_error(body, tree);
    return !error_ && !stopped();
  }

  /// The value of a relation; nothing on an error. Each side is a run of its own, with a level of
  /// its own: this is where a value that leads back to itself recurses without end.
  std::optional<bool> compare(const MappedView& body, const MacroBody& tree) {
    MappedText left;
    MappedText right;
    const bool left_ok = operand(body.sub(tree.left), left);
    if (stopped()) return std::nullopt;
    const bool right_ok = operand(body.sub(tree.right), right);
    if (stopped()) return std::nullopt;
    if (scanning()) {
      if (!left_ok || !right_ok) error_ = true;
      return error_ ? std::nullopt : std::optional(false);
    }
    const std::string_view operation = body.text(tree.operation);
    // Both sides are compared, and warned about, even if one of them failed.
    std::optional<int> order = tree.suffix.empty()
                                   ? compare_plain(left.text(), right.text())
                                   : compare_levels(left.text(), right.text(), body.span());
    if (!left_ok || !right_ok) error_ = true;
    if (!order || error_) return std::nullopt;
    return holds(operation, *order);
  }

  bool operand(const MappedView& text, MappedText& result) {
    if (++budget_.depth > max_expansion_depth) {
      into_.status = ExpansionStatus::crash;
      return false;
    }
    Expander inner(lookup_, visit_, syntax_, into_, scanning() ? nullptr : &result, budget_);
    const bool ok = inner.run(text);
    --budget_.depth;
    return ok;
  }

  static bool holds(std::string_view operation, int order) {
    if (operation == "==") return order == 0;
    if (operation == "!=") return order != 0;
    if (operation == "<") return order < 0;
    if (operation == "<=") return order <= 0;
    if (operation == ">=") return order >= 0;
    return order > 0;
  }

  std::optional<int> compare_plain(const std::string& left, const std::string& right) {
    if (!text::all_digits(left) || !text::all_digits(right)) {
      return std::strcmp(left.c_str(), right.c_str());
    }
    const auto left_number = number(left);
    const auto right_number = left_number ? number(right) : std::nullopt;
    if (!right_number) return std::nullopt;
    return *left_number < *right_number ? -1 : static_cast<int>(*left_number > *right_number);
  }

  std::optional<std::int64_t> number(const std::string& digits) {
    std::size_t length = 0;
    const auto value = parse_leading_integer(digits, length);
    if (!value) {
      into_.warnings.push_back("mac_exp_eval: bad conversion: " + digits);
      into_.status = ExpansionStatus::fatal;
    }
    return value;
  }

  std::optional<int> compare_levels(const std::string& left, const std::string& right,
                                    text::Span place) {
    const auto left_level = level_of(left, place);
    if (!left_level) return std::nullopt;
    const auto right_level = level_of(right, place);
    if (!right_level) return std::nullopt;
    return *left_level < *right_level ? -1 : static_cast<int>(*left_level > *right_level);
  }

  std::optional<std::int64_t> level_of(const std::string& text, text::Span place) {
    const auto level = parse_compatibility_level(text);
    if (!level) warn("malformed compatibility level syntax: \"" + text + "\"", place);
    return level;
  }

  bool call_function(const MappedView& body, const MacroBody& tree) {
    if (tree.error != MacroBody::Error::none) return syntax_error(body, tree);
    const std::string_view name = body.text(tree.name);
    if (name != "domain_to_ascii" && name != "domain_to_utf8") {
      warn("unknown function \"" + std::string(name) + "\" at\"..." +
               std::string(body.text().substr(0, tree.name.lo)) + ">>>" +
               std::string(body.text().substr(tree.name.lo)) + "\"",
           body.span());
      return false;
    }
    // Domains in ASCII without an ACE prefix are the same in both forms.
    parse(body.sub(tree.left));
    return !error_ && !stopped();
  }

  bool syntax_error(const MappedView& body, const MacroBody& tree) {
    const std::string_view text = body.text();
    const std::string rest = cut(text, tree.error_at);
    const std::string left(body.text(tree.left));
    const std::string operation(body.text(tree.operation));
    const text::Span place = body.span();
    switch (tree.error) {
      case MacroBody::Error::name_syntax:
        warn("attribute name syntax error at: \"..." + std::string(text.substr(0, tree.error_at)) +
                 ">>>" + rest + "\"",
             place);
        break;
      case MacroBody::Error::unbalanced:
        warn("unbalanced {} in attribute expression: \"" + std::string(text.substr(tree.error_at)) +
                 "\"",
             place);
        break;
      case MacroBody::Error::operator_expected:
        warn(R"("==" or "!="" or "<"" or "<="" or ">="" or ">" expected at: "...)" + left + "}>>>" +
                 rest + "\"",
             place);
        break;
      case MacroBody::Error::bad_suffix:
        warn("bad operator suffix at: \"..." + operation + ">>>" +
                 std::string(body.text(tree.suffix)) + "\"",
             place);
        break;
      case MacroBody::Error::right_expected:
        warn("\"{expression}\" expected at: \"...{" + left + "} " + operation + ">>>" + rest + "\"",
             place);
        break;
      case MacroBody::Error::test_expected:
        warn("\"?\" or \":\" expected at: \"...}>>>" + rest + "\"", place);
        break;
      case MacroBody::Error::colon_expected:
        warn("\":\" expected at: \"..." + std::string(body.text(*tree.if_true)) + "}>>>" + rest +
                 "\"",
             place);
        break;
      case MacroBody::Error::unexpected_input: {
        const text::Range before = tree.if_false ? *tree.if_false : tree.left;
        warn("unexpected input at: \"..." + std::string(body.text(before)) + "}>>>" + rest + "\"",
             place);
        break;
      }
      case MacroBody::Error::none:
        break;
    }
    return false;
  }

  const MacroLookup* lookup_;
  const Visit* visit_;
  const MacroSyntax& syntax_;
  Expansion& into_;
  MappedText* result_;
  Budget& budget_;
  int level_ = 0;
  bool error_ = false;
};

}  // namespace

Expansion expand(const MappedView& value, const MacroLookup& lookup, const MacroSyntax& syntax) {
  Expansion expansion;
  if (value.text().find('$') == std::string_view::npos) {
    expansion.text.append(value);
    return expansion;
  }
  Expander::Budget budget;
  MappedText result;
  Expander(&lookup, nullptr, syntax, expansion, &result, budget).run(value);
  expansion.text = std::move(result);
  return expansion;
}

Expansion scan_references(const MappedView& value, const Visit& visit, const MacroSyntax& syntax) {
  Expansion expansion;
  if (value.text().find('$') == std::string_view::npos) return expansion;
  Expander::Budget budget;
  Expander(nullptr, &visit, syntax, expansion, nullptr, budget).run(value);
  return expansion;
}

grammar::MacroSyntax macro_syntax(database::Version version) {
  MacroSyntax syntax;
  syntax.blanks_around_name = version >= database::Version{3, 3, 0};
  syntax.braces_and_relations = version >= database::Version{3, 0, 0};
  syntax.operator_suffixes = version >= database::Version{3, 6, 0};
  syntax.functions = version >= database::Version{3, 11, 0};
  return syntax;
}

std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return shown;
}

}  // namespace postlint::model
