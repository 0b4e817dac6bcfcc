#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::master::override_wrong_daemon {

constexpr RuleInfo info{.id = "master/override-wrong-daemon",
                        .title = "a -o option sets what the program of the service does not read",
                        .severity = Severity::warning,
                        .needs_master = true};

using database::Parameter;
using database::Type;

/// Programs whose parameters the database knows.
bool is_known_program(std::string_view program) {
  constexpr std::string_view programs[] = {
      "anvil",    "bounce",   "cleanup",         "discard", "dnsblog", "error",
      "flush",    "lmtp",     "local",           "oqmgr",   "pickup",  "pipe",
      "postlogd", "proxymap", "postscreen",      "qmgr",    "qmqpd",   "scache",
      "showq",    "smtp",     "smtpd",           "spawn",   "tlsmgr",  "tlsproxy",
      "verify",   "virtual",  "trivial-rewrite",
  };
  return std::find(std::begin(programs), std::end(programs), program) != std::end(programs);
}

/// Adds every name that the text refers to: $name, ${name...}, $(name).
void add_references(std::string_view text, std::unordered_set<std::string_view>& names) {
  constexpr std::string_view word =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    auto first = at + 1;
    while (first < text.size() && std::string_view("{( \t").find(text[first]) != text.npos) ++first;
    const auto last = std::min(text.find_first_not_of(word, first), text.size());
    if (last > first) names.insert(text.substr(first, last - first));
  }
}

/// Names that reach the program by way of other values: those of main.cf, of the entry, and the
/// defaults of what it reads.
std::unordered_set<std::string_view> referenced(const Service& service, std::string_view program,
                                                Sink& sink) {
  std::unordered_set<std::string_view> names;
  for (const model::MainEntry& entry : sink.workspace().main().entries)
    add_references(entry.value().text(), names);
  for (const model::Override& each : service.entry->overrides)
    add_references(each.value.text(), names);
  for (const Parameter& each : sink.database().parameters())
    if (each.read_by(program)) add_references(each.default_value, names);
  return names;
}

/// The suffix of a <transport>_destination_... name and its kin, which the queue manager reads for
/// each transport; empty: it is none.
std::string_view queue_manager_suffix(std::string_view name, const database::Database& database) {
  std::string_view longest;
  for (const database::Family& family : database.families()) {
    const bool fits = family.suffix != "_time_limit" && name.ends_with(family.suffix) &&
                      name.size() > family.suffix.size() && family.since <= database.version();
    if (fits && family.suffix.size() > longest.size()) longest = family.suffix;
  }
  return longest;
}

/// The programs that read it, for a message.
std::vector<std::string> readers_of(std::string_view programs) {
  std::vector<std::string> readers;
  for (std::size_t at = 0; at < programs.size();) {
    const auto comma = std::min(programs.find(',', at), programs.size());
    const std::string_view each = programs.substr(at, comma - at);
    at = comma + 1;
    if (each == "oqmgr") continue;
    readers.emplace_back(each == "TLSLIB" ? "programs that use TLS" : each);
  }
  return readers;
}

/// ", only smtp and tlsproxy do"
std::string only_these(const std::vector<std::string>& readers) {
  if (readers.empty()) return {};
  std::string text = ", only " + readers.front();
  for (std::size_t at = 1; at < readers.size(); ++at)
    text += (at + 1 == readers.size() ? " and " : ", ") + readers[at];
  return text + (readers.size() == 1 && !readers.front().starts_with("programs") ? " does" : " do");
}

/// The name under which the program has this setting: smtpd_x for smtp_x, and the other way round.
std::string twin(std::string_view name, std::string_view program,
                 const database::Database& database) {
  constexpr std::string_view prefixes[] = {"smtpd_", "smtp_", "lmtp_"};
  for (const std::string_view prefix : prefixes) {
    if (!name.starts_with(prefix)) continue;
    std::string other = std::string(program) + "_" + std::string(name.substr(prefix.size()));
    const Parameter* parameter = database.parameter(other);
    if (other != name && parameter != nullptr && parameter->read_by(program)) return other;
  }
  return {};
}

void report(const Assignment& assignment, std::string_view program, std::string_view readers,
            Sink& sink) {
  const std::string other = twin(assignment.name, program, sink.database());
  auto finding = sink.report(info).at(assignment.span);
  finding.parameter(assignment.name).item(assignment.name).service(*assignment.service);
  finding.message("-o ", assignment.name, " has no effect: ", program, " does not read it",
                  only_these(readers_of(readers)));
  if (!other.empty()) finding.note(program, " reads ", other);
  if (readers.find("cleanup") != std::string_view::npos &&
      (program == "smtpd" || program == "pickup"))
    finding.note("to have it for this service alone, give it to a second cleanup service, and ",
                 "name that with -o cleanup_service_name");
  if (readers.find("qmgr") == std::string_view::npos) return;
  const std::string_view suffix = queue_manager_suffix(assignment.name, sink.database());
  if (suffix.empty()) {
    finding.note("it belongs into main.cf");
  } else {
    const std::string_view service = assignment.service->entry->field(model::Field::service);
    finding.note("main.cf sets it for this service: ", service, suffix, " = ",
                 assignment.value.text());
  }
}

bool is_queue_manager(std::string_view program) { return program == "qmgr" || program == "oqmgr"; }

void check(const Assignment& assignment, Sink& sink) {
  if (assignment.in_main() || assignment.service->entry == nullptr) return;
  const std::string_view program = program_of(*assignment.service);
  if (!is_known_program(program)) return;
  const Parameter* parameter = assignment.parameter();
  std::string_view readers;
  if (parameter != nullptr) {
    if (parameter->type == Type::legacy || parameter->type == Type::read_only) return;
    if (parameter->read_by(program)) return;
    readers = parameter->daemons;
  } else {
    if (is_queue_manager(program)) return;
    if (queue_manager_suffix(assignment.name, sink.database()).empty()) return;
    readers = "qmgr";
  }
  if (referenced(*assignment.service, program, sink).contains(assignment.name)) return;
  report(assignment, program, readers, sink);
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::master::override_wrong_daemon
