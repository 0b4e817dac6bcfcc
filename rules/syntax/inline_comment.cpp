#include <algorithm>
#include <string>
#include <vector>

#include "grammar/restriction_list.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/stray_effect.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::inline_comment {

constexpr RuleInfo info{.id = "syntax/inline-comment",
                        .title = "a '#' behind other text of a line",
                        .severity = Severity::error};

/// The span with the blanks before it.
Span with_blanks(Span span, Sink& sink) {
  const std::string_view bytes = sink.workspace().sources()[span.file].bytes();
  while (span.lo > 0 && (bytes[span.lo - 1] == ' ' || bytes[span.lo - 1] == '\t')) --span.lo;
  return span;
}

/// A comment line between the physical lines of an entry does not end the entry.
Fix moved_up(Span comment, bool safe, Sink& sink) {
  std::string title = "move the comment to a line of its own";
  auto fix = safe ? Fix::safe(title) : Fix::unsafe(title + "; the rest of the value then counts");
  std::string text(sink.text(comment));
  if (text.ends_with('\r')) text.pop_back();
  Span line = sink.line_span(comment);
  line.hi = line.lo;
  fix.insert_before(line, text + "\n").remove(with_blanks(comment, sink));
  return fix;
}

/// Does anything stand behind the comment that the list loses?
bool hides_elements(const Assignment& assignment, const StrayText& comment) {
  const std::string_view rest = assignment.value.text().substr(comment.range.hi);
  return !grammar::parse_restriction_list(rest).words.empty();
}

std::string effect(const Assignment& assignment, const StrayText& comment, Sink& sink) {
  if (kind_of(assignment, sink) != ValueKind::match_list) return stray_effect(assignment, sink);
  const std::string name(assignment.name);
  if (hides_elements(assignment, comment)) {
    return "Postfix ignores the rest of " + name + ", the lines below included";
  }
  return "Postfix warns of it whenever it reads " + name;
}

void check_value(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  const StrayText* comment = layout.first(StrayText::Kind::comment);
  if (comment == nullptr) return;
  const ValueKind kind = kind_of(assignment, sink);
  const bool loses = kind == ValueKind::match_list && hides_elements(assignment, *comment);
  const Span span = assignment.value.span(comment->range);
  auto finding = sink.report(info).at(span);
  finding
      .message("a '#' starts a comment only at the start of a line: ",
               effect(assignment, *comment, sink))
      .parameter(assignment.name);
  if (kind == ValueKind::match_list && !loses) finding.severity(Severity::warning);
  const bool safe = !loses && kind != ValueKind::restriction && kind != ValueKind::unknown;
  for (const StrayText& each : layout.stray) {
    if (each.kind != StrayText::Kind::comment) continue;
    finding.fix(moved_up(assignment.value.span(each.range), safe, sink));
    break;
  }
}

using Token = std::vector<model::ArgumentToken>::const_iterator;

/// Do pipe(8) and spawn(8) give the word to the command that they run?
bool belongs_to_command(const model::MasterEntry& entry, Token word) {
  const std::string_view program = entry.program();
  const bool runs_command = program == "pipe" || program == "spawn";
  return runs_command && std::any_of(entry.arguments.begin(), word, [](const auto& before) {
           return before.text.text().starts_with("argv=");
         });
}

/// These read attributes behind the options.
bool takes_attributes(std::string_view program, Sink& sink) {
  const bool client = program == "smtp" || program == "lmtp";
  return program == "pipe" || program == "spawn" || (client && sink.at_least(3, 5));
}

std::string daemon_effect(const model::MasterEntry& entry, Token word, Sink& sink) {
  const std::string program(entry.program());
  const std::string text(word->text.text());
  return program + " dies of an \"" +
         (takes_attributes(program, sink) ? "unknown attribute name: "
                                          : "unexpected command-line argument: ") +
         text + "\" whenever it is started";
}

void check_entry(const model::MasterEntry& entry, Sink& sink) {
  const Token token = std::find_if(
      entry.arguments.begin(), entry.arguments.end(),
      [](const model::ArgumentToken& each) { return each.text.text().starts_with('#'); });
  if (token == entry.arguments.end() || token->braced) return;
  Span span = token->text.span();
  span.hi = std::max(span.hi, sink.line_span(span).hi);
  const std::string_view bytes = sink.text(span);
  if (bytes.ends_with('\n')) --span.hi;
  const bool handed_on = belongs_to_command(entry, token);
  auto finding = sink.report(info).at(span);
  finding.message("a '#' starts a comment only at the start of a line: ",
                  handed_on
                      ? "it is handed to the command that " + std::string(entry.program()) + " runs"
                      : daemon_effect(entry, token, sink));
  if (handed_on) finding.severity(Severity::warning).confidence(Confidence::likely);
  finding.fix(moved_up(span, true, sink));
}

void check_file(const ConfigFile& file, Sink& sink) {
  if (file.master == nullptr) return;
  for (const Service& service : sink.workspace().services()) {
    sink.set_service(&service);
    if (service.entry != nullptr) check_entry(*service.entry, sink);
  }
  sink.set_service(nullptr);
}

extern const Rule rule{info, {.on_file = check_file, .on_parameter = check_value}};

}  // namespace postlint::rules::syntax::inline_comment
