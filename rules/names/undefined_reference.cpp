#include <algorithm>
#include <set>
#include <string>

#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/value_kind.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::names::undefined_reference {

constexpr RuleInfo info{.id = "names/undefined-reference",
                        .title = "a $name that nothing defines",
                        .severity = Severity::error,
                        .subsumed_by = "syntax/unexpanded-template"};

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

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n,") == text.npos; }

/// Empty with and without the -o.
bool changes_nothing(const Assignment& assignment, Sink& sink) {
  return !assignment.in_main() && is_blank(assignment.setting().text()) &&
         is_blank(sink.workspace().config().text(assignment.name));
}

std::string consequence(const Assignment& assignment, Sink& sink) {
  const std::string name(assignment.name);
  if (changes_nothing(assignment, sink)) return name + " stays empty";
  if (!is_blank(assignment.setting().text())) return "it expands to nothing in " + name;
  switch (value_kind(sink.database(), assignment.name)) {
    case ValueKind::number:
      return name + " is empty, and a program that reads it dies at its start";
    case ValueKind::restriction:
      return name + " is empty, and restricts nothing";
    default:
      return name + " is empty";
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
  finding.message("nothing defines $", reference.name, ": ", consequence(assignment, sink))
      .parameter(assignment.name)
      .item(reference.name);
  if (!is_critical(assignment, sink) || changes_nothing(assignment, sink))
    finding.severity(Severity::warning);
  const std::string meant = nearest(reference.name, sink);
  if (!meant.empty() && meant != assignment.name) finding.label("did you mean ", meant, "?");
}

void check(const Assignment& assignment, Sink& sink) {
  if (assignment.value.text().find('$') == std::string_view::npos) return;
  const auto* parameter = assignment.parameter();
  if (parameter != nullptr && parameter->type == database::Type::raw) return;
  const OddNames& names = odd_names(sink);
  std::set<std::string_view> seen;
  for (const Reference& reference : references_in(assignment.value, sink)) {
    // ${name?...$name...}: whoever asks first, knows.
    if (reference.tested) seen.insert(reference.name);
    if (!names.undefined(reference.name, assignment.service)) continue;
    if (seen.insert(reference.name).second) report(assignment, reference, sink);
  }
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::names::undefined_reference
