#include <string>
#include <vector>

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

/// As `-o smtpd_client_restrictions=$mua_client_restrictions` of the stock master.cf: a list for
/// the administrator to fill in, which stays as empty as it is without the -o.
bool is_offered(const Assignment& assignment, const Reference& reference, Sink& sink) {
  if (value_kind(sink.database(), assignment.name) != ValueKind::restriction ||
      !empty_anyway(assignment, sink))
    return false;
  const std::string meant = nearest(reference.name, sink);
  return meant.empty() || meant == assignment.name;
}

void check(const Assignment& assignment, Sink& sink) {
  for (const Reference& each : undefined_references(assignment, sink)) {
    if (!is_offered(assignment, each, sink)) report(assignment, each, sink);
  }
}

/// The lists of one service that were offered, and not filled in.
struct Offered {
  const Assignment* assignment = nullptr;
  Reference reference;
};

void report_offered(const std::vector<Offered>& lists, Sink& sink) {
  if (lists.empty()) return;
  const auto& [assignment, reference] = lists.front();
  auto finding = sink.report(info).at(reference.span);
  const std::string others =
      lists.size() == 1 ? "" : " and " + std::to_string(lists.size() - 1) + " more in this service";
  finding
      .message("nothing defines $", reference.name, others, ": ", assignment->name,
               lists.size() == 1 ? " stays empty" : " and the like stay empty")
      .severity(Severity::info)
      .parameter(assignment->name)
      .item(reference.name)
      .service(*assignment->service);
  for (std::size_t at = 1; at < lists.size(); ++at) {
    finding.related(lists[at].reference.span, "not defined either");
  }
}

void check_offered(const Workspace& /*workspace*/, Sink& sink) {
  std::vector<Offered> lists;
  for (const Assignment& assignment : settings_in_force(sink)) {
    if (!lists.empty() && lists.front().assignment->service != assignment.service) {
      report_offered(lists, sink);
      lists.clear();
    }
    for (const Reference& each : undefined_references(assignment, sink)) {
      if (is_offered(assignment, each, sink)) lists.push_back({&assignment, each});
    }
  }
  report_offered(lists, sink);
}

extern const Rule rule{info, {.on_parameter = check, .on_config = check_offered}};

}  // namespace postlint::rules::names::undefined_reference
