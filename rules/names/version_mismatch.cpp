#include <string>

#include "src/engine/odd_names.hpp"
#include "src/engine/readers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/value_check.hpp"

namespace postlint::rules::names::version_mismatch {

constexpr RuleInfo info{.id = "names/version-mismatch",
                        .title = "a parameter, value or syntax that the release does not have",
                        .severity = Severity::warning};

using Lifetime = database::Database::Lifetime;

/// "3.9 (and in 3.5.23, 3.6.13, 3.7.9)".
std::string introduced(const Lifetime& lifetime) {
  std::string text = database::branch_text(lifetime.introduced);
  const char* separator = " (also in ";
  for (const database::Version& backport : lifetime.backports) {
    text += separator + database::full_text(backport);
    separator = ", ";
  }
  return text + (lifetime.backports.empty() ? "" : ")");
}

/// A branch that has the name in a later patch release.
bool backported_later(const Lifetime& lifetime, database::Version version) {
  for (const database::Version& backport : lifetime.backports) {
    if (backport.same_branch(version)) return true;
  }
  return false;
}

std::string told(const std::string& name, const Lifetime& lifetime, Sink& sink) {
  const database::Version version = sink.version();
  if (lifetime.removed && *lifetime.removed <= version) {
    const std::string advice(lifetime.advice);
    return name + " was removed in Postfix " + database::branch_text(*lifetime.removed) +
           ": the line has no effect" + (advice.empty() ? "" : "; instead, " + advice);
  }
  const std::string own = backported_later(lifetime, version) ? database::full_text(version)
                                                              : database::branch_text(version);
  return name + " came with Postfix " + introduced(lifetime) + ": Postfix " + own + " ignores it";
}

/// Of a parameter that was removed: before, it counts.
database::Version gone_since(const Lifetime& lifetime, Sink& sink) {
  const bool gone = lifetime.removed && *lifetime.removed <= sink.version();
  return gone ? *lifetime.removed : database::Version{};
}

void check_names(const Workspace&, Sink& sink) {
  for (const OddSetting& setting : odd_settings(sink)) {
    if (setting.kind != model::PostconfName::Kind::unused) continue;
    const auto lifetime = sink.database().lifetime(setting.name);
    if (!lifetime) continue;
    auto finding = sink.report(info).at(setting.name_span);
    if (const Service* service = service_of(setting, sink)) finding.service(*service);
    finding.message(told(setting.name, *lifetime, sink)).parameter(setting.name).item(setting.name);
    finding.since(gone_since(*lifetime, sink));
  }
}

std::string effect_of(const BadValue& bad, const Assignment& assignment, Sink& sink) {
  if (bad.effect == BadValue::Effect::degrades) return bad.consequence;
  return readers_of(assignment, sink).text("dies", "die");
}

/// syntax/bad-value speaks of values that no release takes.
void check_value(const Assignment& assignment, Sink& sink) {
  if (sink.version() >= database::newest_version()) return;
  const auto bad = find_bad_value(assignment, sink);
  if (!bad || !bad->came) return;
  const bool dies = bad->effect == BadValue::Effect::dies;
  sink.report(info)
      .at(assignment.value_span())
      .severity(dies ? Severity::error : Severity::warning)
      .message(assignment.name, " = ", assignment.value.text(), " is understood from Postfix ",
               database::branch_text(*bad->came), " on: in ", database::branch_text(sink.version()),
               " ", effect_of(*bad, assignment, sink))
      .parameter(assignment.name);
}

extern const Rule rule{info, {.on_parameter = check_value, .on_config = check_names}};

}  // namespace postlint::rules::names::version_mismatch
