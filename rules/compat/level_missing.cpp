#include <algorithm>
#include <array>
#include <deque>
#include <string>

#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/model/compatibility_level.hpp"

namespace postlint::rules::compat::level_missing {

constexpr RuleInfo info{.id = "compat/level-missing",
                        .title = "compatibility_level is not set",
                        .severity = Severity::warning,
                        .since = {3, 0}};

constexpr std::string_view level_name = "compatibility_level";
constexpr std::string_view relay_list = "smtpd_relay_restrictions";

/// A default that depends on the level, under level 0 and under the level of the release.
struct Change {
  std::string_view parameter;
  std::string now;
  std::string then;
};

/// The default with the level filled in; other $names stay as they are.
std::string at_level(std::string_view value, std::string_view level, database::Version version) {
  std::deque<std::string> names;
  const auto lookup = [&](std::string_view name) -> std::optional<model::MacroValue> {
    if (name == level_name) return model::MacroValue{{level, text::no_file, 0}, true};
    const std::string& reference = names.emplace_back("$" + std::string(name));
    return model::MacroValue{{reference, text::no_file, 0}, true};
  };
  return model::expand({value, text::no_file, 0}, lookup, model::macro_syntax(version)).text.text();
}

bool depends_on_level(const database::Parameter& parameter) {
  return parameter.default_value.find("$compatibility_level}") != std::string_view::npos;
}

/// The highest level that a default asks for, "3.6" of ${{$compatibility_level} <level {3.6} ...,
/// and that no release that the server may have is too old for.
std::string highest_level(const database::Database& database, database::Version oldest) {
  const auto limit = model::parse_compatibility_level(database::branch_text(oldest));
  std::string highest = "1";
  for (const auto& parameter : database.parameters()) {
    if (!depends_on_level(parameter)) continue;
    const auto value = parameter.default_value;
    const auto open = value.find('{', value.find('<'));
    const std::string level(value.substr(open + 1, value.find('}', open) - open - 1));
    const auto number = model::parse_compatibility_level(level);
    if (!number || *number > *limit) continue;
    if (*number > *model::parse_compatibility_level(highest)) highest = level;
  }
  return highest;
}

/// Is there a certificate whose fingerprint is looked at?
bool uses_fingerprints(const std::string& program, const Workspace& workspace) {
  const EffectiveConfig& config = workspace.config();
  if (program != "smtpd")
    return config.set(program + "_tls_policy_maps") ||
           config.text(program + "_tls_security_level") == "fingerprint";
  if (config.set("relay_clientcerts")) return true;
  const auto& entries = workspace.main().entries;
  return std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.value().text().find("check_ccert_access") != std::string_view::npos;
  });
}

bool has_postscreen(const Workspace& workspace) {
  const auto& services = workspace.services();
  return std::any_of(services.begin(), services.end(), [](const Service& service) {
    return service.entry && program_of(service) == "postscreen";
  });
}

bool matters(const database::Parameter& parameter, const Workspace& workspace) {
  const EffectiveConfig& config = workspace.config();
  const std::string_view name = parameter.name;
  if (!depends_on_level(parameter) || config.set(name)) return false;
  if (name == "mynetworks_style") return !config.set("mynetworks");
  if (name == "respectful_logging") return has_postscreen(workspace);
  if (name.ends_with("_tls_fingerprint_digest"))
    return uses_fingerprints(std::string(name.substr(0, name.find('_'))), workspace);
  return true;
}

/// What decides who may relay, or which mail is taken, comes first.
std::size_t rank(const Change& change) {
  constexpr std::array<std::string_view, 5> first{
      "smtpd_relay_restrictions", "mynetworks_style", "relay_domains",
      "smtpd_relay_before_recipient_restrictions", "smtputf8_enable"};
  const auto at = std::find(first.begin(), first.end(), change.parameter);
  return static_cast<std::size_t>(at - first.begin());
}

std::vector<Change> changes(const Workspace& workspace, const std::string& level) {
  const auto& database = workspace.database();
  std::vector<Change> list;
  for (const auto& parameter : database.parameters()) {
    if (!matters(parameter, workspace)) continue;
    Change change{parameter.name, at_level(parameter.default_value, "0", database.version()),
                  at_level(parameter.default_value, level, database.version())};
    if (change.now != change.then) list.push_back(std::move(change));
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Change& a, const Change& b) { return rank(a) < rank(b); });
  return list;
}

std::size_t chrooted_by_default(const Workspace& workspace) {
  const auto& services = workspace.services();
  return static_cast<std::size_t>(
      std::count_if(services.begin(), services.end(), [](const Service& service) {
        return service.entry && service.entry->field(model::Field::chroot) == "-";
      }));
}

std::string shown(const std::string& value) { return value.empty() ? "empty" : value; }

/// The release of the run, or none in particular.
std::string postfix(Sink& sink) {
  const bool one = sink.oldest() == sink.version();
  return one ? "Postfix " + database::branch_text(sink.version()) : "Postfix";
}

/// Where only some releases have the default of `now`.
std::string exception(const Change& change, Sink& sink) {
  const bool always =
      change.parameter != relay_list || relay_default_depends_since <= sink.oldest();
  return always ? ""
                : " from Postfix " + database::branch_text(relay_default_depends_since) + " on";
}

void check(const Workspace& workspace, Sink& sink) {
  if (sink.version() < info.since || workspace.main().find(level_name)) return;
  const auto level = highest_level(workspace.database(), sink.oldest());
  const auto list = changes(workspace, level);
  const auto chrooted = chrooted_by_default(workspace);
  auto finding = sink.report(info).at_absence();
  finding
      .message("compatibility_level is not set, so ", postfix(sink),
               " runs with defaults of long ago, and logs a notice where it uses them")
      .parameter(level_name)
      .absence()
      .since(info.since);
  if (list.empty() && chrooted == 0) finding.severity(Severity::info);
  for (const auto& change : list)
    finding.note(change.parameter, " is ", shown(change.now), exception(change, sink),
                 "; at level ", level, " ", shown(change.then));
  if (chrooted != 0)
    finding.note(std::to_string(chrooted), " service(s) of master.cf with \"-\" for chroot run ",
                 "chrooted; at level ", level, " they do not");
  const auto& entries = workspace.main().entries;
  if (entries.empty()) return;
  finding.fix(Fix::unsafe("set it to " + level +
                          ": the defaults named above change, and with them who may relay where "
                          "mynetworks, relay_domains or smtpd_relay_restrictions are not set")
                  .insert_before(entries.front().span(), "compatibility_level = " + level + "\n")
                  .command("postconf -e 'compatibility_level = " + level + "'"));
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::compat::level_missing
