#include "src/engine/rule.hpp"

namespace postlint::rules::names::duplicate_parameter {

constexpr RuleInfo info{.id = "names/duplicate-parameter",
                        .title = "a parameter is assigned more than once in main.cf",
                        .severity = Severity::warning};

void report(const model::MainEntry& dead, const model::MainEntry& in_force, Sink& sink) {
  const bool equal = dead.value().text() == in_force.value().text();
  auto finding = sink.report(info).at(dead.name_span());
  finding.parameter(dead.name())
      .item(dead.value().text())
      .related(in_force.name_span(), "this one is in force");
  if (equal) {
    finding.severity(Severity::style).message(dead.name(), " is assigned the same value twice");
    finding.fix(Fix::safe("delete the first of the two lines").remove(sink.line_span(dead.span())));
  } else {
    finding.message(dead.name(), " is assigned again at ", sink.place(in_force.name_span()),
                    ": this line has no effect");
    finding.fix(Fix::safe("delete the line without effect").remove(sink.line_span(dead.span())));
  }
}

void check(const ConfigFile& file, Sink& sink) {
  if (file.main == nullptr) return;
  for (const model::MainEntry& entry : file.main->entries) {
    const model::MainEntry* in_force = file.main->find(entry.name());
    if (in_force != &entry) report(entry, *in_force, sink);
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::names::duplicate_parameter
