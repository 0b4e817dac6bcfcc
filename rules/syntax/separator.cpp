#include <string>

#include "src/engine/rule.hpp"
#include "src/engine/stray_effect.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::separator {

constexpr RuleInfo info{.id = "syntax/separator",
                        .title = "';', '|' or a backslash between the elements of a list",
                        .severity = Severity::error};

/// Does the byte touch a word, so that it spoils that, too?
bool glued(std::string_view text, text::Range at) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == ',' || c == '\r'; };
  return (at.lo > 0 && !blank(text[at.lo - 1])) || (at.hi < text.size() && !blank(text[at.hi]));
}

std::string effect(const Assignment& assignment, const StrayText& stray, Sink& sink) {
  const std::string_view text = assignment.value.text();
  if (text[stray.range.lo] == '\\' || !glued(text, stray.range)) {
    return stray_effect(assignment, sink);
  }
  return glued_effect(assignment, sink);
}

Fix replaced(const Assignment& assignment, const ValueLayout& layout, ValueKind kind) {
  auto fix = decides_access(kind) ? Fix::unsafe("separate by commas; the words then count")
                                  : Fix::safe("separate by commas");
  for (const StrayText& each : layout.stray) {
    if (each.kind != StrayText::Kind::separator) continue;
    const bool backslash = assignment.value.text()[each.range.lo] == '\\';
    fix.replace(assignment.value.span(each.range), backslash ? "" : ",");
  }
  return fix;
}

void check(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  const StrayText* stray = layout.first(StrayText::Kind::separator);
  if (stray == nullptr) return;
  const ValueKind kind = kind_of(assignment, sink);
  const std::string_view byte = assignment.value.text(stray->range);
  auto finding = sink.report(info).at(assignment.value.span(stray->range));
  finding
      .message(byte == "\\" ? "Postfix continues lines by indentation, not by a backslash"
                            : "only commas and blanks separate elements",
               ": ", effect(assignment, *stray, sink))
      .parameter(assignment.name)
      .fix(replaced(assignment, layout, kind));
  for (const StrayText& each : layout.stray) {
    if (each.kind == StrayText::Kind::separator) {
      finding.spoilt(assignment.value.span(each.range));
    }
  }
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::syntax::separator
