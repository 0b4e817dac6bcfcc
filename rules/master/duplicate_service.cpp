#include <unordered_map>

#include "src/engine/rule.hpp"

namespace postlint::rules::master::duplicate_service {

constexpr RuleInfo info{.id = "master/duplicate-service",
                        .title = "a service stands in master.cf more than once",
                        .severity = Severity::error,
                        .needs_master = true};

using model::MasterEntry;

/// The words of an entry, so that layout does not count.
std::string words_of(const MasterEntry& entry) {
  std::string words;
  for (const MappedView& field : entry.fields) words.append(field.text()).push_back(' ');
  for (const model::ArgumentToken& argument : entry.arguments)
    words.append(argument.text.text()).push_back(' ');
  return words;
}

/// The physical lines of an entry, from its first word to its last.
Span lines_of(const MasterEntry& entry, Sink& sink) { return sink.line_span(entry.line.span()); }

void report(const MasterEntry& dead, const MasterEntry& in_force, Sink& sink) {
  const auto name = dead.fields[0].span();
  const bool same = words_of(dead) == words_of(in_force);
  auto finding = sink.report(info).at(name);
  finding.service({&dead, nullptr})
      .item(dead.display_name())
      .related(in_force.fields[0].span(), "this one is in force");
  if (same) {
    finding.severity(Severity::warning)
        .message("the service ", dead.display_name(), " stands here and, the same, at ",
                 sink.place(in_force.fields[0].span()), ": one of the two is superfluous")
        .fix(Fix::safe("delete the first of the two").remove(lines_of(dead, sink)));
    return;
  }
  const bool renamed = dead.display_name() != in_force.display_name();
  finding.message("the service ", dead.display_name(), " stands again at ",
                  sink.place(in_force.fields[0].span()),
                  renamed ? " as " + in_force.display_name() : std::string(),
                  ": master(8) uses the last entry, and nothing of this one has an effect");
  finding.fix(Fix::unsafe("delete this entry, which has no effect; see first whether it is the one "
                          "that was meant")
                  .remove(lines_of(dead, sink)));
}

void check(const ConfigFile& file, Sink& sink) {
  if (file.master == nullptr) return;
  std::unordered_map<std::string, const MasterEntry*> last;
  for (const MasterEntry& entry : file.master->entries) last[entry.identity()] = &entry;
  for (const MasterEntry& entry : file.master->entries) {
    const MasterEntry* in_force = last[entry.identity()];
    if (in_force != &entry) report(entry, *in_force, sink);
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::master::duplicate_service
