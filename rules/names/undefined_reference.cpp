#include <string>

#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/value_kind.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::names::undefined_reference {

constexpr RuleInfo info{.id = "names/undefined-reference",
                        .title = "a $name that nothing defines",
                        .severity = Severity::error};

/// In these an element that is missing widens or closes access.
bool is_critical(const Assignment& assignment, Sink& sink) {
  switch (value_kind(sink.database(), assignment.name)) {
    case ValueKind::number:
    case ValueKind::restriction:
    case ValueKind::match_list:
    case ValueKind::tables:
      return true;
    default:
      return false;
  }
}

std::string nearest(std::string_view name, Sink& sink) {
  text::DidYouMean meant(name);
  for (const database::Parameter& each : sink.database().parameters()) meant.offer(each.name);
  for (const Assignment& each : settings_in_force(sink)) meant.offer(each.name);
  return std::string(meant.best());
}

void report(const Assignment& assignment, const Reference& reference, Sink& sink) {
  auto finding = sink.report(info).at(reference.span);
  finding.message("nothing defines $", reference.name, ": ", undefined_effect(assignment, sink))
      .parameter(assignment.name)
      .item(reference.name);
  const bool harmless = !is_critical(assignment, sink) || empty_anyway(assignment, sink);
  if (harmless && !fatal_remainder(assignment, sink)) finding.severity(Severity::warning);
  const std::string meant = nearest(reference.name, sink);
  if (!meant.empty() && meant != assignment.name) finding.label("did you mean ", meant, "?");
}

void check(const Assignment& assignment, Sink& sink) {
  for (const Reference& each : undefined_references(assignment, sink)) {
    report(assignment, each, sink);
  }
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::names::undefined_reference
