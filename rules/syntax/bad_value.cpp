#include <string>

#include "src/engine/readers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/value_check.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::bad_value {

constexpr RuleInfo info{.id = "syntax/bad-value",
                        .title = "a value that its parameter cannot have",
                        .severity = Severity::error};

/// Some values only matter while another parameter says so.
std::string dormant_because(const Assignment& assignment) {
  const EffectiveConfig& config = *assignment.config;
  if (assignment.name == "mynetworks_style" && config.set("mynetworks")) {
    return "nothing reads it while mynetworks is set";
  }
  if (assignment.name == "smtpd_sasl_type" && !config.boolean("smtpd_sasl_auth_enable")) {
    return "smtpd dies as soon as smtpd_sasl_auth_enable is yes";
  }
  if (assignment.name == "smtp_sasl_type" && !config.boolean("smtp_sasl_auth_enable")) {
    return "smtp dies as soon as smtp_sasl_auth_enable is yes";
  }
  return {};
}

void say(FindingBuilder& finding, const Assignment& assignment, const BadValue& bad, Sink& sink) {
  const std::string subject = std::string(assignment.name) + " " + bad.what + ": ";
  const Readers readers = readers_of(assignment, sink);
  const std::string dormant = dormant_because(assignment);
  if (bad.effect == BadValue::Effect::degrades) {
    finding.severity(Severity::warning).message(subject, bad.consequence);
  } else if (!dormant.empty()) {
    finding.severity(Severity::warning).message(subject, dormant);
  } else if (readers.nobody()) {
    finding.severity(Severity::warning)
        .message(subject, "a program that reads it would die, but no service here does");
  } else {
    finding.message(subject, readers.text("dies", "die"));
  }
}

void check(const Assignment& assignment, Sink& sink) {
  // tables/type-unsupported speaks of words that name no table.
  if (value_kind(sink.database(), assignment.name) == ValueKind::tables) return;
  const auto bad = find_bad_value(assignment, sink);
  // names/version-mismatch speaks of words that other releases know.
  if (!bad || bad->came) return;
  if (!assignment.in_main() && readers_of(assignment, sink).nobody()) return;
  const MappedView value = meant_value(assignment, sink);
  const bool tidy = value_layout(assignment, sink).tidy();
  const bool empty = assignment.value.text().empty();
  auto finding = sink.report(info).at(empty ? assignment.name_span : value.span());
  finding.parameter(assignment.name).item(value.text()).since(bad->since);
  say(finding, assignment, *bad, sink);
  if (!bad->log.empty()) finding.note("the log then says: ", bad->log);
  if (value.text().find('$') != std::string_view::npos) finding.origin(assignment.setting());
  if (bad->meant.empty() || !tidy || empty) return;
  if (value.text().find('$') != std::string_view::npos) return;
  auto fix = Fix::unsafe("write " + bad->meant + "; it then takes effect");
  fix.replace(assignment.value_span(), bad->meant);
  if (assignment.in_main()) {
    fix.command("postconf -e " + shell_quoted(std::string(assignment.name) + " = " + bad->meant));
  }
  finding.fix(std::move(fix));
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::syntax::bad_value
