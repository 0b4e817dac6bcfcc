#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "rules/servers.hpp"
#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/table_references.hpp"
#include "src/smtpd/table_set.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::master::transport_missing_service {

constexpr RuleInfo info{.id = "master/transport-missing-service",
                        .title = "a transport has no service in master.cf",
                        .severity = Severity::error,
                        .needs_master = true};

using model::Field;
using smtpd::TableEntry;

/// Where mail for a transport goes: private/<name> in the queue directory.
enum class Presence : std::uint8_t { there, is_public, other_type, absent };

/// Could the entry of a line that has other faults be the one?
bool in_broken_line(const model::MasterCf& master, std::string_view name, Sink& sink) {
  return std::any_of(master.problems.begin(), master.problems.end(), [&](const auto& problem) {
    std::string_view line = sink.text(problem.span);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return !problem.entry && line.substr(0, line.find_first_of(" \t\r\n")) == name;
  });
}

Presence presence(std::string_view name, Sink& sink) {
  Presence found = Presence::absent;
  for (const Service& service : sink.workspace().services()) {
    const model::MasterEntry& entry = *service.entry;
    if (entry.field(Field::service) != name) continue;
    const bool is_unix = entry.field(Field::type) == "unix";
    if (is_unix && entry.field(Field::private_) != "n") return Presence::there;
    if (is_unix) found = Presence::is_public;
    if (!is_unix && found == Presence::absent) found = Presence::other_type;
  }
  if (found != Presence::there && in_broken_line(*sink.workspace().master(), name, sink))
    return Presence::there;
  return found;
}

/// "smtp" of smtp:[mx.example.org]:25; empty where the value names no transport.
std::string_view transport_of(std::string_view value) { return value.substr(0, value.find(':')); }

bool is_name(std::string_view text) {
  return !text.empty() && text.find('$') == std::string_view::npos;
}

std::string why(std::string_view name, Presence presence) {
  std::string text = "master.cf has no service ";
  text += name;
  if (presence == Presence::is_public) return text + "/unix that is private";
  text += "/unix";
  return presence == Presence::other_type ? text + ", only one of another type" : text;
}

std::string_view near(std::string_view name, Sink& sink) {
  text::DidYouMean guess(name);
  for (const Service& service : sink.workspace().services())
    if (service.entry->field(Field::type) == "unix")
      guess.offer(service.entry->field(Field::service));
  return guess.best();
}

/// A master.cf without a queue manager is part of one: what is absent may stand in another part.
bool is_whole(Sink& sink) {
  const auto& services = sink.workspace().services();
  return std::any_of(services.begin(), services.end(), [](const Service& service) {
    return service.entry->program() == "qmgr" || service.entry->program() == "oqmgr";
  });
}

void doubt(FindingBuilder& finding, Sink& sink) {
  if (is_whole(sink)) return;
  finding.confidence(Confidence::possible)
      .assume("master.cf has all services (it has no queue manager, so that it may be a part)");
}

/// Parameters of the transport wait for the same service: that they are unknown is no mistake of
/// its own.
void cover_parameters(FindingBuilder& finding, std::string_view name, Sink& sink) {
  for (const OddSetting& setting : odd_settings(sink)) {
    if (!setting.name.starts_with(name)) continue;
    const std::string_view suffix = std::string_view(setting.name).substr(name.size());
    const auto families = sink.database().families();
    const bool derived = std::any_of(families.begin(), families.end(),
                                     [&](const auto& each) { return each.suffix == suffix; });
    if (derived) finding.spoilt(setting.name_span);
  }
}

void say(FindingBuilder& finding, std::string_view name, Presence presence, Sink& sink) {
  finding.item(name).message(
      why(name, presence),
      ": mail for this transport is deferred with \"mail transport unavailable\"");
  doubt(finding, sink);
  cover_parameters(finding, name, sink);
  const std::string_view guess = near(name, sink);
  if (presence == Presence::absent && !guess.empty()) finding.note("is ", guess, " meant?");
}

bool is_transport_parameter(std::string_view name) {
  return name.ends_with("_transport") || name == "content_filter";
}

bool is_transport_table(std::string_view name) {
  return name == "transport_maps" || name.ends_with("_transport_maps");
}

/// The internal services whose names can be changed (bounce_service_name and its kin). Other
/// settings of this form name no service of master.cf.
bool is_service_name(const Assignment& assignment) {
  const database::Parameter* parameter = assignment.parameter();
  return parameter != nullptr && assignment.name.ends_with("_service_name") &&
         assignment.name != "non_bdb_migration_service_name";
}

void check_service_name(const Assignment& assignment, Sink& sink) {
  const std::string& name = assignment.setting().text();
  if (!is_name(name)) return;
  const auto& services = sink.workspace().services();
  const bool there = std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return service.entry->field(Field::service) == name;
  });
  if (there || in_broken_line(*sink.workspace().master(), name, sink)) return;
  auto finding = sink.report(info).at(assignment.value_span());
  finding
      .message("master.cf has no service ", name, ", which ", assignment.name,
               " names: whoever needs it waits in vain, and mail is deferred")
      .origin(assignment.setting())
      .item(name);
  doubt(finding, sink);
}

void check_assignment(const Assignment& assignment, Sink& sink) {
  if (assignment.parameter() == nullptr) return;
  if (is_service_name(assignment)) return check_service_name(assignment, sink);
  if (!is_transport_parameter(assignment.name)) return;
  const Setting& setting = assignment.setting();
  const std::string_view name = transport_of(setting.text());
  if (!is_name(name)) return;
  const Presence found = presence(name, sink);
  if (found == Presence::there) return;
  const auto span = setting.view().span({0, static_cast<std::uint32_t>(name.size())});
  auto finding = sink.report(info).at(span.in_file() ? span : assignment.value_span());
  finding.origin(setting);
  say(finding, name, found, sink);
}

/// "FILTER transport:destination" of access(5) and header_checks(5).
std::string_view filter_of(std::string_view value) {
  constexpr std::string_view word = "FILTER";
  const bool is_filter = value.size() > word.size() && text::is_space(value[word.size()]) &&
                         std::equal(word.begin(), word.end(), value.begin(),
                                    [](char a, char b) { return a == b || a + ('a' - 'A') == b; });
  if (!is_filter) return {};
  value.remove_prefix(std::min(value.find_first_not_of(" \t", word.size()), value.size()));
  return value.find(':') == std::string_view::npos ? std::string_view{} : value;
}

bool holds_actions(const TableReference& table) {
  return table.kind == ValueKind::restriction || table.parameter.ends_with("_checks");
}

void check_table(const TableReference& table, Sink& sink) {
  const bool transports = is_transport_table(table.parameter);
  if (!transports && !holds_actions(table)) return;
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::Table& source =
      tables.open(table.place, smtpd::table_flags(table.parameter, *table.config));
  // Thousands of entries name a few services.
  std::unordered_map<std::string, Presence> known;
  std::string last_there;
  source.each_entry([&](const TableEntry& entry) {
    const std::string_view name = transport_of(transports ? entry.value : filter_of(entry.value));
    if (name == last_there || !is_name(name)) return true;
    const auto [memo, fresh] = known.try_emplace(std::string(name), Presence::there);
    if (fresh) memo->second = presence(name, sink);
    const Presence found = memo->second;
    if (found == Presence::there) last_there = name;
    if (found == Presence::there) return true;
    const bool in_file = entry.span.in_file();
    auto finding = sink.report(info).at(in_file ? entry.span : table.place.span());
    finding.parameter(table.parameter);
    say(finding, name, found, sink);
    if (in_file) finding.related(table.place.span(), "the table is named here");
    return true;
  });
}

void check(const Workspace& workspace, Sink& sink) {
  if (workspace.master() == nullptr) return;
  for (const Assignment& assignment : settings_in_force(sink)) check_assignment(assignment, sink);
  for (const TableReference& table : table_references(sink)) check_table(table, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::master::transport_missing_service
