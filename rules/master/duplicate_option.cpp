#include "src/engine/rule.hpp"

namespace postlint::rules::master::duplicate_option {

constexpr RuleInfo info{.id = "master/duplicate-option",
                        .title = "a -o option is given twice for one service",
                        .severity = Severity::warning,
                        .needs_master = true};

using model::Override;

const Override& in_force(const model::MasterEntry& entry, std::string_view name) {
  const Override* last = nullptr;
  for (const Override& each : entry.overrides)
    if (each.name == name) last = &each;
  return *last;
}

/// The whole physical line if nothing else stands on it, else the option and the blanks before it.
Span without(const Override& option, Sink& sink) {
  const Span line = sink.line_span(option.span);
  std::string_view text = sink.text(line);
  while (!text.empty() && text::is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && text::is_space(text.front())) text.remove_prefix(1);
  if (text == sink.text(option.span)) return line;
  Span span = option.span;
  const std::string_view bytes = sink.workspace().sources()[span.file].bytes();
  while (span.lo > 0 && (bytes[span.lo - 1] == ' ' || bytes[span.lo - 1] == '\t')) --span.lo;
  return span;
}

void report(const Override& dead, const Override& last, Sink& sink) {
  const bool same = dead.value.text() == last.value.text();
  auto finding = sink.report(info).at(dead.span);
  finding.parameter(dead.name).item(dead.name).related(last.span, "this one is in force");
  if (same) {
    finding.severity(Severity::style)
        .message(dead.name, " is given again at ", sink.place(last.span),
                 " with the same value: one of the two is superfluous")
        .fix(Fix::safe("delete the first of the two").remove(without(dead, sink)));
  } else {
    finding
        .message(dead.name, " is given again at ", sink.place(last.span),
                 " for the same service: the last one wins, and this one has no effect")
        .fix(Fix::unsafe("delete the one without effect; see first whether it is the one that was "
                         "meant")
                 .remove(without(dead, sink)));
  }
}

void check(const Service& service, Sink& sink) {
  if (service.entry == nullptr) return;
  for (const Override& each : service.entry->overrides) {
    const Override& last = in_force(*service.entry, each.name);
    if (&last != &each) report(each, last, sink);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::master::duplicate_option
