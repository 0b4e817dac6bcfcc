#include "src/engine/settings_in_force.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace postlint::engine {

namespace {

void add_main(const model::Workspace& workspace, std::vector<Assignment>& all) {
  const model::MainCf& main = workspace.main();
  for (const model::MainEntry& entry : main.entries) {
    if (main.find(entry.name()) != &entry) continue;
    const text::Span span = entry.assignment_span();
    all.push_back({entry.name(), entry.value(), entry.name_span(), span, nullptr,
                   &workspace.config(), entry.line_number()});
  }
}

void add_overrides(const model::Service& service, std::vector<Assignment>& all) {
  if (service.entry == nullptr) return;
  std::unordered_map<std::string_view, const model::Override*> last;
  for (const model::Override& each : service.entry->overrides) last[each.name] = &each;
  for (const model::Override& each : service.entry->overrides) {
    if (last[each.name] != &each) continue;
    all.push_back({each.name, each.value, each.name_span, each.span, &service, service.config.get(),
                   service.entry->line_number});
  }
}

std::vector<Assignment> collect(const model::Workspace& workspace) {
  std::vector<Assignment> all;
  add_main(workspace, all);
  for (const model::Service& service : workspace.services()) add_overrides(service, all);
  return all;
}

struct ByPlace {
  std::vector<const Assignment*> assignments;
};

ByPlace by_place(Sink& sink) {
  ByPlace sorted;
  for (const Assignment& each : settings_in_force(sink)) sorted.assignments.push_back(&each);
  std::sort(
      sorted.assignments.begin(), sorted.assignments.end(),
      [](const Assignment* a, const Assignment* b) { return a->value_span() < b->value_span(); });
  return sorted;
}

}  // namespace

const std::vector<Assignment>& settings_in_force(Sink& sink) {
  return sink.shared<std::vector<Assignment>>([&] { return collect(sink.workspace()); });
}

const Assignment* assignment_at(text::Span place, Sink& sink) {
  const auto& sorted = sink.shared<ByPlace>([&] { return by_place(sink); }).assignments;
  // Values do not overlap: only the last one that starts in front of the place can hold it.
  const auto behind =
      std::partition_point(sorted.begin(), sorted.end(), [&](const Assignment* each) {
        const text::Span value = each->value_span();
        return std::tie(value.file, value.lo) <= std::tie(place.file, place.lo);
      });
  if (behind == sorted.begin()) return nullptr;
  const text::Span value = (*std::prev(behind))->value_span();
  const bool inside = value.file == place.file && place.hi <= value.hi;
  return inside ? *std::prev(behind) : nullptr;
}

std::string_view program_of(const model::Service& service) {
  return service.entry != nullptr ? service.entry->program() : std::string_view("smtpd");
}

bool has_stray_argument(const model::Service& service, const model::Workspace& workspace) {
  if (service.entry == nullptr) return false;
  const model::MasterCf& master = *workspace.master();
  return std::any_of(master.problems.begin(), master.problems.end(), [&](const auto& problem) {
    return problem.kind == model::MasterProblem::Kind::stray_argument && problem.entry &&
           &master.entries[*problem.entry] == service.entry;
  });
}

}  // namespace postlint::engine
