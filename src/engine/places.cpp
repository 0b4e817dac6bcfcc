#include "src/engine/places.hpp"

#include <cstdint>
#include <iterator>
#include <set>

#include "src/engine/fix.hpp"

namespace postlint::engine {

namespace {

bool inside(const text::Span& outer, const text::Span& inner) {
  return outer.file == inner.file && outer.lo <= inner.lo && inner.hi <= outer.hi;
}

}  // namespace

std::string_view assigned_name(const model::Workspace& workspace, text::Span span) {
  if (span.file == workspace.main().file) {
    const auto& entries = workspace.main().entries;
    const auto behind = std::partition_point(
        entries.begin(), entries.end(),
        [&](const model::MainEntry& entry) { return entry.span().lo <= span.lo; });
    if (behind == entries.begin()) return {};
    const model::MainEntry& entry = *std::prev(behind);
    return inside(entry.span(), span) ? entry.name() : std::string_view();
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

std::string line_numbers(const model::Workspace& workspace, const std::vector<text::Span>& places) {
  std::set<std::uint32_t> lines;
  for (const text::Span& place : places) {
    lines.insert(workspace.sources()[place.file].line_column(place.lo).line);
  }
  std::string text;
  for (auto first = lines.begin(); first != lines.end();) {
    auto last = first;
    while (std::next(last) != lines.end() && *std::next(last) == *last + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(*first);
    if (last != first) text += (*last == *first + 1 ? ", " : "-") + std::to_string(*last);
    first = std::next(last);
  }
  return text;
}

std::string postconf_command(const model::Service& service, const model::Setting& setting,
                             std::string_view value) {
  const std::string name(setting.name);
  if (setting.origin().kind != model::Origin::Kind::service_override)
    return "postconf -e " + shell_quoted(name + " = " + std::string(value));
  return "postconf -P " + shell_quoted(service.name() + '/' + name + '=' + std::string(value));
}

}  // namespace postlint::engine
