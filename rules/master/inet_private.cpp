#include "src/engine/rule.hpp"

namespace postlint::rules::master::inet_private {

constexpr RuleInfo info{.id = "master/inet-private",
                        .title = "a network service is declared private",
                        .severity = Severity::error,
                        .needs_master = true};

void check(const ConfigFile& file, Sink& sink) {
  if (file.master == nullptr) return;
  for (const model::MasterProblem& problem : file.master->problems) {
    if (problem.kind != model::MasterProblem::Kind::inet_private) continue;
    const model::MasterEntry& entry = file.master->entries[*problem.entry];
    const std::string_view value = entry.field(model::Field::private_);
    sink.report(info)
        .at(problem.span)
        .message("the network service ", entry.display_name(), " has \"", value,
                 "\" in the field private", value == "-" ? ", which means y" : "",
                 ", and an inet service cannot be private: Postfix does not start")
        .service({&entry, nullptr})
        .fix(Fix::safe("write n").replace(problem.span, "n"));
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::master::inet_private
