#include <algorithm>
#include <unordered_map>
#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::rules::master::duplicate_option {

constexpr RuleInfo info{.id = "master/duplicate-option",
                        .title = "a -o option is given twice for one service",
                        .severity = Severity::warning,
                        .needs_master = true};

using model::Override;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// The whole physical line if nothing else stands on it, else the option and the blanks before it.
Span without(const Override& option, Sink& sink) {
  Span span = option.span;
  const std::string_view bytes = sink.workspace().sources()[span.file].bytes();
  while (span.lo > 0 && is_blank(bytes[span.lo - 1])) --span.lo;
  std::size_t end = span.hi;
  while (end < bytes.size() && is_blank(bytes[end])) ++end;
  const bool first = span.lo == 0 || bytes[span.lo - 1] == '\n';
  const bool last = end == bytes.size() || bytes[end] == '\n';
  if (first && last) span.hi = static_cast<std::uint32_t>(std::min(end + 1, bytes.size()));
  return span;
}

/// All options of one name, in order; the last is in force.
using Group = std::vector<const Override*>;

void report(const Group& group, Sink& sink) {
  const Override& last = *group.back();
  const Override& first = *group.front();
  const bool same = std::all_of(group.begin(), group.end(), [&](const Override* each) {
    return each->value.text() == last.value.text();
  });
  auto finding = sink.report(info).at(first.span);
  finding.parameter(first.name).item(first.name).related(last.span, "this one is in force");
  finding.message(first.name, " is given again at ", sink.place(last.span),
                  same ? " with the same value: one of them is superfluous"
                       : " for the same service: the last one wins, and this one has no effect");
  if (group.size() > 2) finding.note("it is given ", std::to_string(group.size()), " times");
  if (same) finding.severity(Severity::style);
  Fix fix = same ? Fix::safe("keep the last of them")
                 : Fix::unsafe("delete what has no effect; see first whether it was meant");
  for (const Override* each : group)
    if (each != &last) fix.remove(without(*each, sink));
  finding.fix(std::move(fix));
}

void check(const Service& service, Sink& sink) {
  if (service.entry == nullptr) return;
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<Group> groups;
  for (const Override& each : service.entry->overrides) {
    const auto [at, fresh] = index.try_emplace(each.name, groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(&each);
  }
  for (const Group& group : groups)
    if (group.size() > 1) report(group, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::master::duplicate_option
