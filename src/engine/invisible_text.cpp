#include "src/engine/invisible_text.hpp"

#include <algorithm>

#include "grammar/table_regexp.hpp"
#include "grammar/table_text.hpp"
#include "src/engine/entry_effect.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/stray_effect.hpp"

namespace postlint::engine {

namespace {

using text::InvisibleCharacter;
using text::MappedView;
using text::Range;

InvisibleText in(const MappedView& text) {
  InvisibleText odd;
  odd.text = text;
  odd.characters = text::invisible_characters(text.text());
  return odd;
}

/// The text without them.
std::string visible(const InvisibleText& odd) {
  std::string rest;
  std::uint32_t at = 0;
  for (const InvisibleCharacter& each : odd.characters) {
    rest += odd.text.text({at, each.range.lo});
    at = each.range.hi;
  }
  rest += odd.text.text().substr(at);
  return rest;
}

/// Up to the first blank that does not stand behind a comma: an address list, or the action in
/// front of a text for people.
std::uint32_t end_of_words(std::string_view line, std::size_t from) {
  for (std::size_t at = from; at < line.size(); ++at) {
    if (!text::is_space(line[at])) continue;
    const auto word = line.find_last_not_of(" \t\r", at);
    if (word >= from && line[word] != ',') return static_cast<std::uint32_t>(at);
  }
  return static_cast<std::uint32_t>(line.size());
}

/// Patterns may look for such characters, so that only the action behind them counts.
Range exact_part_of_rule(std::string_view line, grammar::RegexpSyntax syntax) {
  const grammar::RegexpRule rule = grammar::parse_regexp_rule(line, syntax, 1);
  const bool action =
      rule.problem == grammar::RegexpProblem::none && rule.op == grammar::RegexpRule::Op::match;
  if (!action) return {0, static_cast<std::uint32_t>(line.size())};
  return {rule.replacement.lo, end_of_words(line, rule.replacement.lo)};
}

/// The part of a table's line that has to match to the byte.
Range exact_part(std::string_view line, const TableReference& table) {
  using Source = database::TableType::Source;
  if (table.is_include()) return {0, static_cast<std::uint32_t>(line.size())};
  if (table.row->source == Source::regexp) {
    return exact_part_of_rule(line, grammar::RegexpSyntax::posix);
  }
  if (table.row->source == Source::pcre) {
    return exact_part_of_rule(line, grammar::RegexpSyntax::pcre);
  }
  const grammar::TextEntry entry = grammar::parse_text_entry(line);
  return {0, end_of_words(line, std::max(entry.key.hi, entry.value.lo))};
}

class Finder {
 public:
  Finder(Sink& sink, const std::function<void(const InvisibleText&)>& visit)
      : sink_(sink), visit_(visit) {}

  void find() {
    const model::MainCf& main = sink_.workspace().main();
    for (const model::MainEntry& entry : main.entries) look_at(entry);
    for (const model::MainProblem& problem : main.problems) look_at(problem);
    for (const Assignment& assignment : settings_in_force(sink_)) look_at(assignment);
    if (sink_.workspace().master() != nullptr) look_at(*sink_.workspace().master());
    for (const TableText& text : table_texts(sink_)) look_at(text);
  }

 private:
  /// Leaves out the mark in front of a file.
  void give(InvisibleText odd) {
    std::erase_if(odd.characters, [&](const InvisibleCharacter& each) {
      return odd.place(each).lo == 0 && sink_.text(odd.place(each)) == "\xEF\xBB\xBF";
    });
    if (!odd.characters.empty()) visit_(odd);
  }

  /// A name spoils its line, the value included.
  void look_at(const model::MainEntry& entry) {
    const InvisibleText name = in(entry.name_view());
    if (name.characters.empty()) return;
    InvisibleText odd = in(entry.line());
    odd.parameter = visible(name);
    odd.kind = kind_of(odd.parameter, sink_);
    odd.effect = "it is part of the name, and the line does not set " + odd.parameter;
    odd.starts_line = true;
    give(std::move(odd));
  }

  void look_at(const model::MainProblem& problem) {
    if (problem.kind != model::MainProblem::Kind::missing_equals) return;
    InvisibleText odd = in(problem.line);
    const std::string rest = visible(odd);
    const auto first = rest.find_first_not_of(" \t\r");
    // What else stands there was to continue the line above.
    odd.starts_line = first == std::string::npos || rest[first] == '#';
    odd.kind = odd.starts_line ? ValueKind::text : ValueKind::unknown;
    odd.effect = "every program of Postfix dies of this line, since it has no '='";
    give(std::move(odd));
  }

  void look_at(const Assignment& assignment) {
    if (is_free_text(assignment.name) || !text::all_ascii(assignment.name)) return;
    InvisibleText odd = in(assignment.value);
    if (odd.characters.empty()) return;
    drop_comments(assignment, odd);
    odd.parameter = assignment.name;
    odd.service = assignment.service;
    odd.kind = kind_of(assignment, sink_);
    const auto fatal = fatal_effect(assignment, sink_);
    odd.effect = fatal ? *fatal : glued_effect(assignment, sink_);
    if (!fatal && !stray_is_fatal(odd.kind)) odd.severity = Severity::warning;
    give(std::move(odd));
  }

  /// syntax/inline-comment speaks of those.
  void drop_comments(const Assignment& assignment, InvisibleText& odd) {
    for (const StrayText& stray : value_layout(assignment, sink_).stray) {
      if (stray.kind != StrayText::Kind::comment) continue;
      std::erase_if(odd.characters, [&](const InvisibleCharacter& each) {
        return each.range.lo >= stray.range.lo && each.range.hi <= stray.range.hi;
      });
    }
  }

  void look_at(const model::MasterCf& master) {
    const text::SourceFile& file = sink_.workspace().sources()[master.file];
    if (text::all_ascii(file.bytes())) return;
    text::LineArena arena;
    text::LogicalLineReader reader(file, master.file, arena);
    text::LogicalLine line;
    while (reader.next(line)) {
      InvisibleText odd = in(line.view());
      drop_values(master, line.line, odd);
      const std::string effect = entry_effect(master, line.line);
      odd.effect = effect.empty() ? "it is part of the word" : effect;
      odd.kind = ValueKind::unknown;
      give(std::move(odd));
    }
  }

  /// Those of -o options are looked at by their parameters.
  static void drop_values(const model::MasterCf& master, std::uint32_t line, InvisibleText& odd) {
    const auto entry = std::partition_point(
        master.entries.begin(), master.entries.end(),
        [&](const model::MasterEntry& each) { return each.line_number < line; });
    if (entry == master.entries.end() || entry->line_number != line) return;
    for (const model::Override& option : entry->overrides) {
      const text::Span value = option.value.span();
      std::erase_if(odd.characters, [&](const InvisibleCharacter& each) {
        return odd.place(each).lo >= value.lo && odd.place(each).hi <= value.hi;
      });
    }
  }

  void look_at(const TableText& text) {
    const text::SourceFile& source = sink_.workspace().sources()[text.file];
    if (text::all_ascii(source.bytes())) return;
    text::LineArena arena;
    text::LogicalLineReader reader(source, text.file, arena);
    text::LogicalLine line;
    while (reader.next(line)) {
      InvisibleText odd = in(line.view().sub(exact_part(line.text, *text.table)));
      odd.table = text.table;
      odd.kind = ValueKind::tables;
      odd.severity = Severity::warning;
      odd.effect = "it is part of the word, and the line is not what it looks like";
      give(std::move(odd));
    }
  }

  Sink& sink_;
  const std::function<void(const InvisibleText&)>& visit_;
};

}  // namespace

void each_invisible_text(Sink& sink, const std::function<void(const InvisibleText&)>& visit) {
  Finder(sink, visit).find();
}

Fix made_visible(Fix fix, const InvisibleText& odd) {
  bool in_front = odd.starts_line;
  std::uint32_t end = 0;  // of the one before
  for (const InvisibleCharacter& each : odd.characters) {
    in_front = in_front && each.range.lo == end;
    end = each.range.hi;
    fix.replace(odd.place(each), each.blank && !in_front ? " " : "");
  }
  return fix;
}

}  // namespace postlint::engine
