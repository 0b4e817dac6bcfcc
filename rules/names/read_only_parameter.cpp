#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::names::read_only_parameter {

constexpr RuleInfo info{.id = "names/read-only-parameter",
                        .title = "an assignment to a name that Postfix sets itself",
                        .severity = Severity::warning};

void check(const Workspace&, Sink& sink) {
  for (const OddSetting& setting : odd_settings(sink)) {
    if (setting.kind != model::PostconfName::Kind::read_only) continue;
    auto finding = sink.report(info).at(setting.name_span);
    finding
        .message(setting.name,
                 " is read-only: every program sets it itself, and ignores this value")
        .parameter(setting.name)
        .item(setting.name);
    if (const Service* service = service_of(setting, sink)) finding.service(*service);
    if (setting.service.empty()) {
      finding.fix(Fix::safe("delete the line")
                      .remove(sink.line_span(setting.span))
                      .command("postconf -X " + setting.name));
    } else if (setting.span != setting.name_span) {
      finding.fix(Fix::safe("delete the option").remove(setting.span));
    }
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::names::read_only_parameter
