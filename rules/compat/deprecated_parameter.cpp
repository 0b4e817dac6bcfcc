#include <string>

#include "src/engine/rule.hpp"

namespace postlint::rules::compat::deprecated_parameter {

constexpr RuleInfo info{.id = "compat/deprecated-parameter",
                        .title = "a parameter has an official replacement",
                        .severity = Severity::warning};

/// What postconf(1) says of an old name, and where its replacement stands.
struct Case {
  const Assignment& assignment;
  database::Database::Lifetime lifetime;
  std::string replacement;                         // empty: "do not specify"
  const database::Parameter* successor = nullptr;  // of the replacement
  bool read_by_nobody = false;                     // only the successor's default knows it

  /// Does the successor fall back on the old name? Then a new name is all that it takes.
  [[nodiscard]] bool is_rename() const {
    return successor && (successor->default_value.find("$" + name()) != std::string_view::npos ||
                         successor->default_value.find("{" + name()) != std::string_view::npos);
  }
  [[nodiscard]] std::string name() const { return std::string(assignment.name); }
  /// The successor is set, and counts more than the old name.
  [[nodiscard]] bool superseded() const {
    if (!successor || !assignment.config->set(replacement)) return false;
    return is_rename() || (is_tls_switch() && !assignment.config->text(replacement).empty());
  }
  [[nodiscard]] bool is_tls_switch() const {
    return assignment.name.ends_with("_use_tls") || assignment.name.ends_with("_enforce_tls");
  }
};

/// The name in an advice such as: specify "smtpd_tls_security_level".
std::string named_in(std::string_view advice) {
  if (advice.starts_with("do not specify")) return {};
  if (const auto quote = advice.find('"'); quote != advice.npos) {
    advice.remove_prefix(quote + 1);
    return std::string(advice.substr(0, advice.find('"')));
  }
  return std::string(advice.substr(advice.rfind(' ') + 1));
}

/// The level that says the same as *_use_tls or *_enforce_tls = yes; empty where it takes a look.
std::string tls_level(const Case& old) {
  const auto name = old.name();
  const auto prefix = name.substr(0, name.find('_'));
  const bool enforce = name.ends_with("_enforce_tls");
  const auto partner = prefix + (enforce ? "_use_tls" : "_enforce_tls");
  if (old.assignment.config->set(partner)) return {};
  if (!enforce) return "may";
  const auto peername = prefix + "_tls_enforce_peername";
  return old.assignment.config->boolean(peername) ? "verify" : "encrypt";
}

std::optional<Fix> deletion(const Case& old, std::string title, Sink& sink) {
  if (!old.assignment.in_main()) return std::nullopt;
  return Fix::safe(std::move(title))
      .remove(sink.line_span(old.assignment.span))
      .command("postconf -X " + old.name());
}

/// The new name with `value`; the command speaks of main.cf.
Fix rewritten(const Case& old, std::string title, const std::string& value) {
  const auto& assignment = old.assignment;
  auto fix = Fix::safe(std::move(title));
  std::move(fix).replace(assignment.name_span, old.replacement);
  if (value != assignment.value.text()) std::move(fix).replace(assignment.value_span(), value);
  if (assignment.in_main())
    std::move(fix)
        .command("postconf -e " + shell_quoted(old.replacement + " = " + value))
        .command("postconf -X " + old.name());
  return fix;
}

std::optional<Fix> tls_switch_fix(const Case& old, Sink& sink) {
  // postscreen and tlsproxy inherit theirs from smtpd: the meaning of a value depends on more.
  if (old.assignment.parameter()->default_value != "no") return std::nullopt;
  if (!old.assignment.config->boolean(old.assignment.name))
    return deletion(old, "delete the line: it says what holds anyway", sink);
  const auto level = tls_level(old);
  if (level.empty()) return std::nullopt;
  return rewritten(old, "write " + old.replacement + " = " + level, level);
}

/// A service that says something else under an old name would lose to a new name in main.cf.
bool services_disagree(const Case& old, const Workspace& workspace) {
  const auto stem = old.is_tls_switch() ? old.name().substr(0, old.name().find('_')) : old.name();
  const auto is_old = [&](std::string_view name) {
    return name == old.assignment.name ||
           (old.is_tls_switch() && (name == stem + "_use_tls" || name == stem + "_enforce_tls"));
  };
  for (const auto& service : workspace.services()) {
    if (!service.entry) continue;
    for (const auto& option : service.entry->overrides)
      if (is_old(option.name)) return true;
  }
  return false;
}

std::optional<Fix> fix_of(const Case& old, Sink& sink) {
  if (old.assignment.in_main() && services_disagree(old, sink.workspace())) return std::nullopt;
  if (old.superseded())
    return deletion(old, "delete the line: " + old.replacement + " is set and decides", sink);
  if (old.replacement.empty())
    return deletion(old, "delete the line, as the advice of Postfix is", sink);
  if (old.is_rename())
    return rewritten(old, "use the new name", std::string(old.assignment.value.text()));
  if (old.is_tls_switch()) return tls_switch_fix(old, sink);
  return std::nullopt;
}

void say(FindingBuilder& finding, const Case& old, Sink& sink) {
  const auto name = old.name();
  const auto since = database::branch_text(*old.lifetime.advised_since);
  const std::string use = old.replacement.empty() ? "" : "; use " + old.replacement;
  if (old.superseded())
    finding.message(name, " has no effect: ", old.replacement, " replaces it, and is set");
  else if (old.read_by_nobody)
    finding.message(name, " is the old name of ", old.replacement,
                    ", and counts only as long as that has its default value");
  else if (*old.lifetime.advised_since <= sink.version())
    finding.message(name, " is deprecated: Postfix ", since,
                    " and later warn that it will be removed", use);
  else
    finding.severity(Severity::info)
        .message(name, " will go: Postfix ", since, " and later warn of it", use);
}

void check(const Assignment& assignment, Sink& sink) {
  const auto* parameter = assignment.parameter();
  if (!parameter) return;
  const auto lifetime = sink.database().lifetime(assignment.name);
  if (!lifetime || !lifetime->advised_since) return;
  Case old{assignment, *lifetime, named_in(lifetime->advice)};
  old.successor = sink.database().parameter(old.replacement);
  old.read_by_nobody = parameter->type == database::Type::legacy;
  // The release is older than the replacement.
  if (!old.replacement.empty() && !old.successor) return;
  auto finding = sink.report(info).at(assignment.name_span);
  finding.parameter(assignment.name).item(assignment.name);
  say(finding, old, sink);
  if (auto fix = fix_of(old, sink)) finding.fix(std::move(*fix));
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::compat::deprecated_parameter
