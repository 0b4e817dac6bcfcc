#include "src/engine/readers.hpp"

#include <algorithm>
#include <array>

#include "src/engine/settings_in_force.hpp"

namespace postlint::engine {

namespace {

using namespace std::string_view_literals;

/// Programs that master(8) does not start.
constexpr auto commands = std::to_array({"sendmail"sv, "postdrop"sv, "postqueue"sv, "postfix"sv,
                                         "postmulti"sv, "postlog"sv, "posttls-finger"sv});

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const auto comma = list.find(',');
    words.push_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return words;
}

void add(std::vector<std::string>& programs, std::string_view program) {
  const bool listed = std::find(programs.begin(), programs.end(), program) != programs.end();
  if (!listed) programs.emplace_back(program);
}

bool overrides(const model::Service& service, std::string_view name) {
  if (service.entry == nullptr) return false;
  const auto& options = service.entry->overrides;
  return std::any_of(options.begin(), options.end(),
                     [&](const model::Override& option) { return option.name == name; });
}

/// Derived names are read by the queue manager; <service>_time_limit by the service.
void add_derived(const Assignment& assignment, Readers& readers) {
  if (assignment.name.ends_with("_time_limit")) {
    if (!assignment.in_main()) add(readers.programs, program_of(*assignment.service));
  } else if (assignment.in_main()) {
    readers.programs.emplace_back("qmgr");
  }
}

void add_services(const Assignment& assignment, const database::Parameter& parameter,
                  Readers& readers, Sink& sink) {
  for (const model::Service& service : sink.workspace().services()) {
    const bool counts = assignment.in_main() ? !overrides(service, assignment.name)
                                             : &service == assignment.service;
    if (counts && parameter.read_by(program_of(service))) {
      add(readers.programs, program_of(service));
    }
  }
}

/// Without a master.cf all may run.
void add_all(const database::Parameter& parameter, Readers& readers) {
  for (const std::string_view word : words_of(parameter.daemons)) {
    if (word == "TLSLIB") {
      for (const char* program : {"smtpd", "smtp"}) add(readers.programs, program);
    } else if (word != "oqmgr" && word != "lmtp") {
      add(readers.programs, word);
    }
  }
}

/// Does the program read the list only to expand the value of another parameter?
bool only_expands(std::string_view program, const Assignment& assignment) {
  const std::string_view name = assignment.name;
  if (program == "proxymap") return true;
  if (program == "tlsproxy") return name == "smtp_tls_policy_maps";
  if (program == "trivial-rewrite") {
    return name == "virtual_alias_maps" || name == "virtual_mailbox_maps";
  }
  if (program != "smtpd" || name != "alias_maps") return false;
  const std::string_view asked = assignment.config->at("local_recipient_maps").raw.text();
  return asked.find(name) == std::string_view::npos;
}

void add_commands(const database::Parameter& parameter, Readers& readers) {
  for (const std::string_view command : commands) {
    const auto words = words_of(parameter.daemons);
    if (std::find(words.begin(), words.end(), command) != words.end()) {
      add(readers.programs, command);
    }
  }
}

}  // namespace

std::string Readers::text() const {
  if (every) return "every program";
  if (programs.empty()) return "a program that reads it";
  std::string joined = programs.front();
  for (std::size_t i = 1; i < programs.size(); ++i) {
    joined += (i + 1 == programs.size() ? " and " : ", ") + programs[i];
  }
  return joined;
}

std::string Readers::text(const char* one, const char* many) const {
  return text() + " " + (!every && programs.size() > 1 ? many : one);
}

const database::Family* family_of(std::string_view name, Sink& sink) {
  for (const model::Service& service : sink.workspace().services()) {
    if (service.entry == nullptr) continue;
    const std::string_view own = service.entry->field(model::Field::service);
    if (!name.starts_with(own)) continue;
    for (const database::Family& family : sink.database().families()) {
      if (name.substr(own.size()) != family.suffix || family.since > sink.version()) continue;
      if (text::is_listed(family.commands, service.entry->field(model::Field::command)))
        return &family;
    }
  }
  return nullptr;
}

Readers readers_of(const Assignment& assignment, Sink& sink) {
  Readers readers;
  const database::Parameter* parameter = assignment.parameter();
  if (parameter == nullptr) {
    if (family_of(assignment.name, sink) != nullptr) add_derived(assignment, readers);
    return readers;
  }
  const auto words = words_of(parameter->daemons);
  readers.every =
      assignment.in_main() && std::find(words.begin(), words.end(), "ALL") != words.end();
  if (readers.every) return readers;
  if (assignment.in_main() && sink.workspace().master() == nullptr) {
    add_all(*parameter, readers);
  } else {
    add_services(assignment, *parameter, readers, sink);
  }
  if (assignment.in_main()) add_commands(*parameter, readers);
  return readers;
}

bool never_opened(std::string_view parameter, Sink& sink) {
  constexpr std::string_view suffix = "_sasl_password_maps";
  if (!parameter.ends_with(suffix)) return false;
  const std::string_view client = parameter.substr(0, parameter.size() - suffix.size());
  const std::string gate = std::string(client) + "_sasl_auth_enable";
  const auto& services = sink.workspace().services();
  return std::none_of(services.begin(), services.end(),
                      [&](const model::Service& service) { return service.config->boolean(gate); });
}

Readers openers_of(const Assignment& assignment, Sink& sink) {
  if (never_opened(assignment.name, sink)) return {};
  Readers openers = readers_of(assignment, sink);
  std::erase_if(openers.programs,
                [&](const std::string& program) { return only_expands(program, assignment); });
  return openers;
}

}  // namespace postlint::engine
