#include "src/engine/settings_in_force.hpp"

#include <unordered_map>

namespace postlint::engine {

namespace {

void add_main(const model::Workspace& workspace, std::vector<Assignment>& all) {
  const model::MainCf& main = workspace.main();
  for (const model::MainEntry& entry : main.entries) {
    if (main.find(entry.name()) != &entry) continue;
    const text::Span span = entry.line().span({entry.name_range.lo, entry.value_range.hi});
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

}  // namespace

const std::vector<Assignment>& settings_in_force(Sink& sink) {
  return sink.shared<std::vector<Assignment>>([&] { return collect(sink.workspace()); });
}

std::string_view program_of(const model::Service& service) {
  return service.entry != nullptr ? service.entry->program() : std::string_view("smtpd");
}

}  // namespace postlint::engine
