#include <algorithm>
#include <map>
#include <string>

#include "src/engine/entry_effect.hpp"
#include "src/engine/odd_names.hpp"
#include "src/engine/placeholder.hpp"
#include "src/engine/readers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/stray_effect.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/ascii.hpp"

namespace postlint::rules::syntax::unexpanded_template {

constexpr RuleInfo info{.id = "syntax/unexpanded-template",
                        .title = "a placeholder that nobody filled in",
                        .severity = Severity::error};

using Kind = Placeholder::Kind;

/// One placeholder, wherever it stands in a file.
struct Occurrences {
  Kind kind = Kind::expression;
  std::string effect;  // of the first
  std::string parameter;
  const Service* service = nullptr;
  std::vector<Span> places;
};

/// The placeholders of a file by their texts; the statements of a template are all one.
using Found = std::map<std::string, Occurrences, std::less<>>;

Occurrences& add_place(Found& found, std::string_view text, Kind kind, Span place) {
  Occurrences& all = found[kind == Kind::statement ? "" : std::string(text)];
  all.kind = kind;
  all.places.push_back(place);
  return all;
}

// ---- where they are ----------------------------------------------------------------------------

/// Does the span stand between blanks, commas and line ends?
bool is_whole_word(Span span, Sink& sink) {
  const std::string_view bytes = sink.workspace().sources()[span.file].bytes();
  const auto apart = [](char c) { return c == ',' || c == '=' || text::is_space(c); };
  return (span.lo == 0 || apart(bytes[span.lo - 1])) &&
         (span.hi == bytes.size() || apart(bytes[span.hi]));
}

/// Of ${NAME:-x}, ${env["NAME"]}.
std::string expansion(const Assignment& assignment, Sink& sink) {
  const model::Setting& setting = assignment.setting();
  if (setting.status != model::ExpansionStatus::ok) {
    return readers_of(assignment, sink).text("dies of it", "die of it");
  }
  return std::string(assignment.name) + " is \"" + std::string(setting.text()) + "\"";
}

std::string effect(const Occurrences& found, const Assignment& assignment, Sink& sink) {
  std::string part = "Postfix takes it as part of " + std::string(assignment.name);
  if (found.kind == Kind::name) return part;
  if (auto fatal = fatal_effect(assignment, sink)) return *std::move(fatal);
  if (sink.text(found.places.front()).starts_with('$')) return expansion(assignment, sink);
  return is_whole_word(found.places.front(), sink) ? stray_effect(assignment, sink) : part;
}

void describe(Occurrences& found, const Assignment& assignment, Sink& sink) {
  found.effect = effect(found, assignment, sink);
  found.parameter = assignment.name;
  found.service = assignment.service;
}

/// Patterns of inline tables may look for such text.
bool is_in_pattern(std::string_view line, const Placeholder& placeholder) {
  const std::string_view head = line.substr(0, placeholder.range.lo);
  return placeholder.kind == Kind::marker &&
         (head.find("pcre:{") != head.npos || head.find("regexp:{") != head.npos);
}

/// <text>, which also is a redirection of a shell, or ornament.
bool is_in_angles(const Placeholder& placeholder, std::string_view text) {
  return placeholder.kind == Kind::marker && text.starts_with('<');
}

/// Of inline comments another rule speaks.
bool is_in_comment(Span place, const Assignment& assignment, Sink& sink) {
  const std::vector<StrayText>& stray = value_layout(assignment, sink).stray;
  return std::any_of(stray.begin(), stray.end(), [&](const StrayText& each) {
    const Span span = assignment.value.span(each.range);
    // "##NAME##" looks like a comment.
    return each.kind == StrayText::Kind::comment && span.lo < place.lo && place.hi <= span.hi;
  });
}

bool means_something(const Placeholder& placeholder, Span place, const Assignment& assignment,
                     Sink& sink) {
  const bool for_people =
      is_free_text(assignment.name) || kind_of(assignment, sink) == ValueKind::command;
  return (for_people && is_in_angles(placeholder, sink.text(place))) ||
         is_in_comment(place, assignment, sink);
}

/// The name of a service, of a restriction, or of a class of them.
bool is_known_word(std::string_view word, Sink& sink) {
  const auto& services = sink.workspace().services();
  const bool is_service =
      std::any_of(services.begin(), services.end(), [&](const Service& service) {
        return service.entry != nullptr && service.entry->field(model::Field::service) == word;
      });
  return is_service || sink.database().restriction(text::lower(word)) != nullptr ||
         sink.workspace().main().find(word) != nullptr;
}

/// Some parameters take words in capitals.
bool takes_capitals(const Assignment& assignment, Sink& sink) {
  const std::string_view name = assignment.name;
  constexpr std::string_view parts[] = {"_environment", "cipher", "_options", "mechanism", "ehlo"};
  const bool special = std::any_of(std::begin(parts), std::end(parts), [&](std::string_view part) {
    return name.find(part) != name.npos;
  });
  const bool names_service = name == "content_filter" || name == "smtpd_proxy_filter";
  return special || assignment.parameter() == nullptr || (is_free_text(name) && !names_service) ||
         kind_of(assignment, sink) == ValueKind::command ||
         sink.database().enumeration(name) != nullptr;
}

bool is_part_of(const std::vector<Placeholder>& others, text::Range range) {
  return std::any_of(others.begin(), others.end(), [&](const Placeholder& other) {
    return other.range.lo < range.hi && range.lo < other.range.hi;
  });
}

void look_for_capitals(const MappedView& line, const std::vector<Placeholder>& others, Found& found,
                       Sink& sink) {
  for (const Placeholder& each : find_capital_names(line.text())) {
    if (is_part_of(others, each.range)) continue;
    const Span place = line.span(each.range);
    const Assignment* assignment = assignment_at(place, sink);
    const std::string_view text = line.text(each.range);
    if (assignment == nullptr || takes_capitals(*assignment, sink)) continue;
    if (is_in_comment(place, *assignment, sink) || is_known_word(text, sink)) continue;
    Occurrences& all = add_place(found, text, each.kind, place);
    if (all.places.size() == 1) describe(all, *assignment, sink);
  }
}

/// `bad_line`: what the line does that is no entry; empty: it is one.
void look_at(const MappedView& line, const std::string& bad_line, Found& found, Sink& sink) {
  const std::vector<Placeholder> placeholders = find_placeholders(line.text());
  for (const Placeholder& each : placeholders) {
    const Span place = line.span(each.range);
    const Assignment* assignment = bad_line.empty() ? assignment_at(place, sink) : nullptr;
    if (is_in_pattern(line.text(), each)) continue;
    if (assignment != nullptr && means_something(each, place, *assignment, sink)) continue;
    Occurrences& all = add_place(found, line.text(each.range), each.kind, place);
    if (all.places.size() > 1) continue;
    all.effect = bad_line.empty() ? "Postfix takes it as it stands" : bad_line;
    if (assignment != nullptr) describe(all, *assignment, sink);
  }
  if (bad_line.empty()) look_for_capitals(line, placeholders, found, sink);
}

template <class Visit>
void each_line(text::FileId file, Sink& sink, const Visit& visit) {
  text::LineArena arena;
  text::LogicalLineReader reader(sink.workspace().sources()[file], file, arena);
  text::LogicalLine line;
  while (reader.next(line)) visit(line);
}

std::string bad_line(const model::MainCf& main, std::uint32_t line) {
  using Problem = model::MainProblem::Kind;
  const auto problem =
      std::partition_point(main.problems.begin(), main.problems.end(),
                           [&](const model::MainProblem& each) { return each.line_number < line; });
  if (problem == main.problems.end() || problem->line_number != line) return {};
  if (problem->kind == Problem::leading_white_space) return "Postfix ignores this line";
  return problem->kind == Problem::missing_equals ? "every program of Postfix dies of this line"
                                                  : "";
}

void look_at(const model::MainCf& main, Found& found, Sink& sink) {
  each_line(main.file, sink, [&](const text::LogicalLine& line) {
    look_at(line.view(), bad_line(main, line.line), found, sink);
  });
}

void look_at(const model::MasterCf& master, Found& found, Sink& sink) {
  each_line(master.file, sink, [&](const text::LogicalLine& line) {
    look_at(line.view(), entry_effect(master, line.line), found, sink);
  });
}

void look_at(const TableText& table, Found& found, Sink& sink) {
  if (!may_hold_notation(sink.workspace().sources()[table.file].bytes())) return;
  each_line(table.file, sink, [&](const text::LogicalLine& line) {
    // Tables hold texts for people, and domains of all kinds.
    for (const Placeholder& each : find_notations(line.text)) {
      const std::string_view text = line.view().text(each.range);
      if (is_in_angles(each, text)) continue;
      add_place(found, text, each.kind, line.view().span(each.range)).effect =
          "the line is not what was meant";
    }
  });
}

bool holds_patterns(const TableReference& table) {
  using Source = database::TableType::Source;
  return table.row != nullptr &&
         (table.row->source == Source::regexp || table.row->source == Source::pcre);
}

/// $MYHOSTNAME is a misspelt $myhostname, of which names/undefined-reference speaks, but not in
/// myhostname = $MYHOSTNAME.
bool is_misspelt(std::string_view name, const Assignment& assignment, Sink& sink) {
  const std::string lower = text::lower(name);
  return lower != assignment.name && sink.database().parameter(lower) != nullptr;
}

/// ${NAME} or $NAME.
Span with_dollar(Span name, Sink& sink) {
  const std::string_view bytes = sink.workspace().sources()[name.file].bytes();
  const auto dollar = bytes.rfind('$', name.lo);
  const auto close = bytes.find_first_of("})", name.hi);
  const bool braced = dollar + 1 < name.lo && close != bytes.npos;
  return {name.file, static_cast<std::uint32_t>(dollar),
          braced ? static_cast<std::uint32_t>(close + 1) : name.hi};
}

void look_at(const Assignment& assignment, Found& found, Sink& sink) {
  for (const Reference& each : undefined_references(assignment, sink)) {
    if (!is_environment_name(each.name) || is_misspelt(each.name, assignment, sink)) continue;
    const Span place = with_dollar(each.span, sink);
    Occurrences& all = add_place(found, sink.text(place), Kind::marker, place);
    if (all.places.size() > 1) continue;
    all.effect = "nothing defines it, and " + undefined_effect(assignment, sink);
    all.parameter = assignment.name;
    all.service = assignment.service;
  }
}

// ---- what is said of them ----------------------------------------------------------------------

Confidence confidence_of(const Occurrences& found, std::string_view text) {
  const bool reference = text.starts_with('$');
  const bool template_language = found.kind == Kind::expression || found.kind == Kind::statement;
  return reference || template_language ? Confidence::certain : Confidence::likely;
}

/// The lines of all but the first.
std::string other_lines(const std::vector<Span>& places, Sink& sink) {
  constexpr std::size_t most = 10;
  std::vector<std::string> lines{sink.place(places.front())};
  for (const Span& place : places) {
    if (const std::string line = sink.place(place); line != lines.back()) lines.push_back(line);
    if (lines.size() > most + 1) lines.back() = "...";
    if (lines.size() > most + 1) break;
  }
  std::string text;
  for (std::size_t i = 1; i < lines.size(); ++i) text += (i == 1 ? "" : ", ") + lines[i];
  return text;
}

void report(const std::string& text, const Occurrences& found, const TableReference* table,
            Sink& sink) {
  const Span first = found.places.front();
  const std::string_view shown = sink.text(first);
  auto finding = sink.report(info).at(first);
  finding
      .message(shown,
               found.kind == Kind::statement ? " belongs to a template that nobody filled in: "
                                             : " is a placeholder that nobody filled in: ",
               found.effect)
      .parameter(found.parameter)
      .item(text.empty() ? "template" : text)
      .confidence(confidence_of(found, shown));
  if (found.kind == Kind::name) finding.severity(Severity::warning);
  if (found.service != nullptr) finding.service(*found.service);
  if (table != nullptr) finding.related(table->place.span(), "the file is read here");
  const std::string others = other_lines(found.places, sink);
  if (!others.empty()) finding.note("also at ", others);
  if (found.kind == Kind::name) return;
  for (const Span& place : found.places) finding.spoilt(place);
}

void report_all(const Found& found, const TableReference* table, Sink& sink) {
  for (const auto& [text, occurrences] : found) report(text, occurrences, table, sink);
}

void check(const Workspace& workspace, Sink& sink) {
  Found in_main;
  Found in_master;
  look_at(workspace.main(), in_main, sink);
  if (workspace.master() != nullptr) look_at(*workspace.master(), in_master, sink);
  for (const Assignment& assignment : settings_in_force(sink)) {
    look_at(assignment, assignment.in_main() ? in_main : in_master, sink);
  }
  report_all(in_main, nullptr, sink);
  report_all(in_master, nullptr, sink);
  for (const TableText& table : table_texts(sink)) {
    if (holds_patterns(*table.table)) continue;
    Found in_table;
    look_at(table, in_table, sink);
    report_all(in_table, table.table, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::syntax::unexpanded_template
