#include <string>

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

void check(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  const StrayText* stray = layout.first(StrayText::Kind::assignment);
  if (stray == nullptr) return;
  const auto end = stray->range.lo + static_cast<std::uint32_t>(stray->name.size());
  const Span name = assignment.value.span({stray->range.lo, end});
  const bool access = decides_access(value_kind(sink.database(), stray->name)) ||
                      decides_access(kind_of(assignment, sink));
  const std::string title = "remove the indentation";
  auto fix =
      access ? Fix::unsafe(title + "; both parameters then count as they look") : Fix::safe(title);
  std::move(fix).remove(indentation(name, sink));
  sink.report(info)
      .at(name)
      .message("the line is indented, so it belongs to ", assignment.name, " above: ", stray->name,
               " is not set, and ", stray_effect(assignment, sink))
      .parameter(stray->name)
      .item(stray->name)
      .related(assignment.name_span, "continued from here")
      .fix(std::move(fix));
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::syntax::indented_parameter
