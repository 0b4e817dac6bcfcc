#include <string>

#include "src/engine/rule.hpp"
#include "src/engine/stray_effect.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::quotes {

constexpr RuleInfo info{.id = "syntax/quotes",
                        .title = "quotes around a value, which Postfix takes as part of it",
                        .severity = Severity::warning};

std::string effect(const Assignment& assignment, ValueKind kind, Sink& sink) {
  if (auto whole = whole_effect(assignment, sink)) return *std::move(whole);
  if (kind != ValueKind::number && kind != ValueKind::restriction) {
    return "they are part of " + std::string(assignment.name);
  }
  return stray_effect(assignment, sink);
}

void check(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  if (layout.quoted.empty()) return;
  const ValueKind kind = kind_of(assignment, sink);
  auto finding = sink.report(info).at(assignment.value.span(layout.quoted.front()));
  finding.message("quotes mean nothing to Postfix: ", effect(assignment, kind, sink))
      .parameter(assignment.name);
  if (stray_is_fatal(kind)) finding.severity(Severity::error);
  auto fix = decides_access(kind) ? Fix::unsafe("remove the quotes; the words then count")
                                  : Fix::safe("remove the quotes");
  for (const text::Range& word : layout.quoted) {
    fix.remove(assignment.value.span({word.lo, word.lo + 1}))
        .remove(assignment.value.span({word.hi - 1, word.hi}));
  }
  finding.fix(std::move(fix));
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::syntax::quotes
