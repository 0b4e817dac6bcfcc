#include <algorithm>
#include <string>

#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::compat::deprecated_parameter {

constexpr RuleInfo info{.id = "compat/deprecated-parameter",
                        .title = "a parameter has an official replacement",
                        .severity = Severity::warning};

constexpr std::string_view dns_switch = "disable_dns_lookups";
constexpr std::string_view lmtp_dns_level = "lmtp_dns_support_level";

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
    const bool decides = is_tls_switch() || is_dns_switch();
    return is_rename() || (decides && !assignment.config->text(replacement).empty());
  }
  [[nodiscard]] bool is_tls_switch() const {
    return assignment.name.ends_with("_use_tls") || assignment.name.ends_with("_enforce_tls");
  }
  [[nodiscard]] bool is_dns_switch() const { return assignment.name == dns_switch; }
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

/// The advice is for smtp(8); the same program reads other names as lmtp(8).
std::string replacement_of(const Assignment& assignment, std::string_view advice) {
  const auto* service = assignment.service;
  const bool lmtp = service != nullptr && program_of(*service) == "lmtp";
  if (lmtp && assignment.name == dns_switch) return std::string(lmtp_dns_level);
  return named_in(advice);
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
  fix.replace(assignment.name_span, old.replacement);
  if (value != assignment.value.text()) fix.replace(assignment.value_span(), value);
  if (assignment.in_main())
    fix.command("postconf -e " + shell_quoted(old.replacement + " = " + value))
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

/// In main.cf the switch is for smtp(8) and lmtp(8) alike.
bool lmtp_reads(const Case& old, const Workspace& workspace) {
  const auto& services = workspace.services();
  return old.assignment.in_main() && old.assignment.config->text(lmtp_dns_level).empty() &&
         std::any_of(services.begin(), services.end(), [](const Service& service) {
           return service.entry && program_of(service) == "lmtp";
         });
}

std::optional<Fix> dns_switch_fix(const Case& old, Sink& sink) {
  if (!old.assignment.config->boolean(old.assignment.name))
    return deletion(old, "delete the line: it says what holds anyway", sink);
  const std::string level = "disabled";
  if (!lmtp_reads(old, sink.workspace()))
    return rewritten(old, "write " + old.replacement + " = " + level, level);
  const std::string more = std::string(lmtp_dns_level) + " = " + level;
  return Fix::safe("write " + old.replacement + " = " + level + ", and the same for lmtp")
      .replace(old.assignment.name_span, old.replacement)
      .replace(old.assignment.value_span(), level + "\n" + more)
      .command("postconf -e '" + old.replacement + " = " + level + "' '" + more + "'")
      .command("postconf -X " + old.name());
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
  if (old.is_dns_switch()) return dns_switch_fix(old, sink);
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
  else if (*old.lifetime.advised_since <= sink.oldest())
    finding.message(name, " is deprecated: Postfix ", since,
                    " and later warn that it will be removed", use);
  else
    finding.severity(Severity::info)
        .message(name, " will go: Postfix ", since, " and later warn of it", use);
}

/// The first release that has the replacement, and that takes the old name for what it is said to
/// be.
database::Version since(const Case& old, Sink& sink) {
  database::Version first;
  if (const auto successor = sink.database().lifetime(old.replacement))
    first = successor->introduced;
  constexpr database::Version first_to_know_old_names{2, 10, 0};
  if (old.read_by_nobody)
    first = std::max({first, first_to_know_old_names, old.lifetime.removed.value_or(first)});
  return first;
}

void check(const Assignment& assignment, Sink& sink) {
  const auto* parameter = assignment.parameter();
  if (!parameter || !parameter->ever_deprecated) return;
  const auto lifetime = sink.database().lifetime(assignment.name);
  if (!lifetime || !lifetime->advised_since) return;
  Case old{assignment, *lifetime, replacement_of(assignment, lifetime->advice)};
  old.successor = sink.database().parameter(old.replacement);
  old.read_by_nobody = parameter->type == database::Type::legacy;
  // The release is older than the replacement.
  if (!old.replacement.empty() && !old.successor) return;
  auto finding = sink.report(info).at(assignment.name_span);
  finding.parameter(assignment.name).item(assignment.name).since(since(old, sink));
  say(finding, old, sink);
  if (auto fix = fix_of(old, sink)) finding.fix(std::move(*fix));
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::compat::deprecated_parameter
