#include <string>

#include "grammar/main_line.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/stray_effect.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::indented_parameter {

constexpr RuleInfo info{
    .id = "syntax/indented-parameter",
    .title = "an indented line that looks like a parameter belongs to the one above",
    .severity = Severity::error};

/// The white space before the name on its line.
Span indentation(Span span, Sink& sink) {
  Span line = sink.line_span(span);
  line.hi = span.lo;
  return line;
}

Fix outdented(std::string_view parameter, Span name, bool spoils_access, Sink& sink) {
  const std::string title = "remove the indentation";
  const bool access = spoils_access || decides_access(kind_of(parameter, sink));
  auto fix = access ? Fix::unsafe(title + "; what stands there then counts as it looks")
                    : Fix::safe(title);
  fix.remove(indentation(name, sink));
  return fix;
}

void check(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  const StrayText* stray = layout.first(StrayText::Kind::assignment);
  if (stray == nullptr) return;
  const auto end = stray->range.lo + static_cast<std::uint32_t>(stray->name.size());
  const Span name = assignment.value.span({stray->range.lo, end});
  const bool access = decides_access(kind_of(assignment, sink));
  sink.report(info)
      .at(name)
      .message("the line is indented, so it belongs to ", assignment.name, " above: ", stray->name,
               " is not set, and ", stray_effect(assignment, sink))
      .parameter(stray->name)
      .item(stray->name)
      .related(assignment.name_span, "continued from here")
      .fix(outdented(stray->name, name, access, sink));
}

/// An indented line at the start of the file, or behind nothing but comments.
void report_first(const model::MainProblem& problem, Sink& sink) {
  const grammar::MainLine line = grammar::parse_main_line(problem.line.text());
  const bool assigns = line.kind == grammar::MainLine::Kind::assignment;
  const Span place = assigns ? problem.line.span(line.name) : problem.span;
  const std::string_view name = sink.text(place);
  auto finding = sink.report(info).at(place);
  finding.message("nothing stands above this indented line that it could continue: ",
                  assigns ? "Postfix ignores it and does not set " : "Postfix ignores it",
                  assigns ? name : "");
  if (!assigns) return;
  finding.parameter(name).fix(outdented(name, place, false, sink));
}

void check_file(const ConfigFile& file, Sink& sink) {
  if (file.main == nullptr) return;
  for (const model::MainProblem& problem : file.main->problems) {
    if (problem.kind == model::MainProblem::Kind::leading_white_space) report_first(problem, sink);
  }
}

extern const Rule rule{info, {.on_file = check_file, .on_parameter = check}};

}  // namespace postlint::rules::syntax::indented_parameter
