#include "src/cli/cmd_rules.hpp"

#include "src/engine/registry.hpp"
#include "src/engine/selection.hpp"
#include "src/report/rules_report.hpp"

namespace postlint::cli {

Exit run_rules(const Invocation& invocation, Streams& streams) {
  engine::RuleSettings settings;
  settings.select = invocation.arguments;
  settings.persona = engine::Persona::auditor;
  const auto rules = engine::select_rules(all_rules(), settings);
  if (!rules) {
    streams.err += "postlint: " + rules.error().message + "\n";
    return Exit::usage;
  }
  switch (invocation.common.format) {
    case Format::json:
      streams.out += report::rules_json(*rules);
      break;
    case Format::markdown:
      streams.out += report::rules_markdown(*rules);
      break;
    default:
      streams.out += report::rules_text(*rules);
      break;
  }
  return Exit::ok;
}

}  // namespace postlint::cli
