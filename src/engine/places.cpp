#include "src/engine/places.hpp"

#include "src/engine/fix.hpp"

namespace postlint::engine {

namespace {

bool inside(const text::Span& outer, const text::Span& inner) {
  return outer.file == inner.file && outer.lo <= inner.lo && inner.hi <= outer.hi;
}

}  // namespace

std::string_view assigned_name(const model::Workspace& workspace, text::Span span) {
  if (span.file == workspace.main().file) {
    for (const model::MainEntry& entry : workspace.main().entries) {
      if (inside(entry.span(), span)) return entry.name();
    }
  }
  if (workspace.master() == nullptr || span.file != workspace.master()->file) return {};
  for (const model::MasterEntry& entry : workspace.master()->entries) {
    if (!inside(entry.line.span(), span)) continue;
    for (const model::Override& each : entry.overrides) {
      if (inside(each.span, span)) return each.name;
    }
  }
  return {};
}

std::string postconf_command(const model::Service& service, const model::Setting& setting,
                             std::string_view value) {
  const std::string name(setting.name);
  if (setting.origin().kind != model::Origin::Kind::service_override)
    return "postconf -e " + shell_quoted(name + " = " + std::string(value));
  return "postconf -P " + shell_quoted(service.name() + '/' + name + '=' + std::string(value));
}

}  // namespace postlint::engine
