#include <algorithm>
#include <deque>
#include <string>

#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::names::unknown_parameter {

constexpr RuleInfo info{.id = "names/unknown-parameter",
                        .title = "a name is no parameter of Postfix, and nothing refers to it",
                        .severity = Severity::error};

std::string nearest_suffix(const OddSetting& setting, Sink& sink) {
  const auto underscore = setting.name.rfind('_');
  if (underscore == std::string::npos) return {};
  const std::string_view suffix = std::string_view(setting.name).substr(underscore + 1);
  text::DidYouMean meant(suffix);
  for (const auto& each : sink.database().dictionary_suffixes()) meant.offer(each.suffix);
  if (meant.best().empty()) return {};
  return setting.name.substr(0, underscore + 1) + std::string(meant.best());
}

/// Names of a database client file stand without the prefix that main.cf would need.
std::string nearest_in_client_file(const OddSetting& setting, Sink& sink) {
  text::DidYouMean meant(setting.name);
  for (const auto& each : sink.database().dictionary_suffixes()) meant.offer(each.suffix);
  return std::string(meant.best());
}

std::string nearest(const OddSetting& setting, Sink& sink) {
  if (!setting.client_file.empty()) return nearest_in_client_file(setting, sink);
  text::DidYouMean meant(setting.name);
  for (const database::Parameter& each : sink.database().parameters()) meant.offer(each.name);
  std::deque<std::string> derived;  // a deque, since `meant` keeps views of its elements
  for (const Service& service : sink.workspace().services()) {
    if (service.entry == nullptr) continue;
    for (const database::Family& family : sink.database().families()) {
      derived.push_back(std::string(service.entry->field(model::Field::service)) +
                        std::string(family.suffix));
      meant.offer(derived.back());
    }
  }
  return std::string(meant.best());
}

/// <service>_time_limit and such: the master.cf service that would give the name its meaning.
struct Derived {
  std::string_view service;
  std::string_view suffix;
};

Derived derived(std::string_view name, Sink& sink) {
  Derived longest;
  for (const database::Family& family : sink.database().families()) {
    if (!name.ends_with(family.suffix) || family.suffix.size() <= longest.suffix.size()) continue;
    longest = {name.substr(0, name.size() - family.suffix.size()), family.suffix};
  }
  return longest;
}

/// "smtpd_xyz" is meant as a parameter; "my_own_list" may be a leftover.
bool looks_built_in(std::string_view name, Sink& sink) {
  const auto underscore = name.find('_');
  if (underscore == std::string_view::npos) return false;
  const std::string_view prefix = name.substr(0, underscore + 1);
  const auto parameters = sink.database().parameters();
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const auto& each) { return each.name.starts_with(prefix); });
}

void say_derived(FindingBuilder& finding, const OddSetting& setting, const Derived& name,
                 Sink& sink) {
  if (sink.workspace().master() == nullptr) {
    finding.confidence(Confidence::possible)
        .message(setting.name, " counts only with a service ", name.service,
                 " in master.cf, which is not here");
    return;
  }
  finding.severity(Severity::warning);
  finding.message("there is no service ", name.service, " in master.cf to which ", setting.name,
                  " could apply: Postfix ignores it");
}

void say(FindingBuilder& finding, const OddSetting& setting, const std::string& meant, Sink& sink) {
  const Derived name = derived(setting.name, sink);
  if (meant.empty() && !name.service.empty()) {
    say_derived(finding, setting, name, sink);
    return;
  }
  if (!setting.client_file.empty()) {
    finding.message(setting.name, " is nothing that this type of table reads: Postfix ignores it");
  } else {
    finding.message(setting.name, " is no parameter of Postfix ",
                    database::branch_text(sink.version()),
                    ", and nothing refers to it: it has no effect");
  }
  if (!meant.empty()) {
    finding.label("did you mean ", meant, "?");
  } else if (!looks_built_in(setting.name, sink)) {
    finding.severity(Severity::warning);
  }
}

/// Is there a table with a client of this type, whose own name, if any, is `name`?
bool is_client(std::string_view type, std::string_view name, Sink& sink) {
  const auto& tables = table_references(sink);
  return std::any_of(tables.begin(), tables.end(), [&](const TableReference& table) {
    return table.type.text() == type && (name.empty() || table.name.text() == name);
  });
}

/// The release that dropped a key of a database client, as 3.3 did "query" of ldap.
database::Version gone_since(const OddSetting& setting, Sink& sink) {
  const std::string_view name = setting.name;
  const auto underscore = setting.client_file.empty() ? name.rfind('_') : std::string_view::npos;
  const bool prefixed = underscore != std::string_view::npos;
  const std::string_view prefix = prefixed ? name.substr(0, underscore) : std::string_view();
  const std::string_view key = prefixed ? name.substr(underscore + 1) : name;
  database::Version gone;
  if (setting.client_file.empty() && !prefixed) return gone;
  for (const auto& row : sink.database().dictionary_suffixes())
    if (row.removed && row.suffix == key && is_client(row.dictionary, prefix, sink))
      gone = std::max(gone, *row.removed);
  return gone;
}

bool is_set(const std::string& name, const OddSetting& setting, Sink& sink) {
  return setting.service.empty() && setting.client_file.empty() &&
         sink.workspace().main().find(name) != nullptr;
}

void report(const OddSetting& setting, Sink& sink) {
  const std::string meant = nearest(setting, sink);
  auto finding = sink.report(info).at(setting.name_span);
  finding.parameter(setting.name).item(setting.name).since(gone_since(setting, sink));
  if (const Service* service = service_of(setting, sink)) finding.service(*service);
  say(finding, setting, meant, sink);
  constexpr std::size_t certain = 2;
  if (meant.empty() || setting.name_span == setting.span || is_set(meant, setting, sink) ||
      text::edit_distance(meant, setting.name, certain) > certain) {
    return;
  }
  auto fix = Fix::unsafe("rename it to " + meant + ", which then takes effect");
  fix.replace(setting.name_span, meant);
  if (setting.service.empty() && setting.client_file.empty()) {
    fix.command("postconf -e " + shell_quoted(meant + " = " + setting.value))
        .command("postconf -X " + shell_quoted(setting.name));
  }
  finding.fix(std::move(fix));
}

void check(const Workspace&, Sink& sink) {
  for (const OddSetting& setting : odd_settings(sink)) {
    if (setting.kind != model::PostconfName::Kind::unused) continue;
    // names/version-mismatch speaks of those.
    if (sink.database().lifetime(setting.name)) continue;
    report(setting, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::names::unknown_parameter
