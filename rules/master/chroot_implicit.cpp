#include <algorithm>
#include <string>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/model/compatibility_level.hpp"

namespace postlint::rules::master::chroot_implicit {

constexpr RuleInfo info{.id = "master/chroot-implicit",
                        .title = "a service runs chrooted though it need not, or may not",
                        .severity = Severity::warning,
                        .needs_master = true};

using model::Field;

/// Does "-" in the field chroot mean y (master_ent.c)? Before 3.0 it always does.
bool dash_means_chroot(Sink& sink) {
  if (!sink.at_least(3, 0)) return true;
  const auto level =
      model::parse_compatibility_level(sink.workspace().config().text("compatibility_level"));
  return level && *level < *model::parse_compatibility_level("1");
}

bool is_chrooted(const Service& service, Sink& sink) {
  const std::string_view field = service.entry->field(Field::chroot);
  return field == "y" || (field == "-" && dash_means_chroot(sink));
}

/// A socket that a service connects to by an absolute path, which starts in its chroot directory.
struct Socket {
  const Setting* setting = nullptr;
  text::MappedView place;                     // "/run/x.sock"
  std::vector<const Service*> services = {};  // that have the path
};

void add_unix_paths(const Setting& setting, const text::MappedView& value,
                    std::vector<Socket>& sockets) {
  const std::string_view text = value.text();
  for (auto at = text.find(":/"); at != std::string_view::npos; at = text.find(":/", at + 1)) {
    const std::string_view before = text.substr(0, at);
    if (!before.ends_with("unix") && !before.ends_with("local")) continue;
    const auto end = std::min(text.find_first_of(" \t\r\n,}", at), text.size());
    const text::Range range{static_cast<std::uint32_t>(at + 1), static_cast<std::uint32_t>(end)};
    sockets.push_back({&setting, value.sub(range), {}});
  }
}

void add_setting(const Service& service, std::string_view name, std::vector<Socket>& sockets) {
  const Setting& setting = service.config->at(name);
  add_unix_paths(setting, setting.view(), sockets);
}

void add_sasl(const Service& service, std::vector<Socket>& sockets) {
  const EffectiveConfig& config = *service.config;
  if (!config.boolean("smtpd_sasl_auth_enable") || config.text("smtpd_sasl_type") != "dovecot")
    return;
  const Setting& path = config.at("smtpd_sasl_path");
  if (path.text().starts_with('/')) sockets.push_back({&path, path.view(), {}});
  add_unix_paths(path, path.view(), sockets);
}

void add_policy_services(const Service& service, std::vector<Socket>& sockets, Sink& sink) {
  for (const RestrictionList& list : sink.lists(service))
    for (const RestrictionItem& item : list.items)
      if (item.is("check_policy_service") && item.argument)
        add_unix_paths(*list.setting, *item.argument, sockets);
}

/// transport:unix:/path of the settings that name this service.
void add_deliveries(const Service& service, std::vector<Socket>& sockets, Sink& sink) {
  const std::string prefix = std::string(service.entry->field(Field::service)) + ":unix:/";
  for (const Assignment& assignment : settings_in_force(sink)) {
    if (assignment.parameter() == nullptr || !assignment.name.ends_with("_transport")) continue;
    const Setting& setting = assignment.setting();
    if (setting.text().starts_with(prefix)) add_unix_paths(setting, setting.view(), sockets);
  }
}

std::vector<Socket> sockets_of(const Service& service, Sink& sink) {
  std::vector<Socket> sockets;
  const std::string_view program = service.entry->program();
  if (program == "smtpd") {
    add_sasl(service, sockets);
    add_setting(service, "smtpd_milters", sockets);
    add_policy_services(service, sockets, sink);
  } else if (program == "cleanup") {
    add_setting(service, "non_smtpd_milters", sockets);
  } else if (program == "lmtp") {
    add_deliveries(service, sockets, sink);
  }
  return sockets;
}

/// A directory that every host has: a path elsewhere was written for the chroot.
bool is_of_host(std::string_view path) {
  constexpr std::string_view directories[] = {"/run/", "/var/", "/tmp/", "/etc/",
                                              "/usr/", "/srv/", "/opt/", "/home/"};
  return std::any_of(std::begin(directories), std::end(directories),
                     [&](std::string_view each) { return path.starts_with(each); });
}

/// The path names the queue directory itself, which a chrooted process has for its root.
bool in_queue_directory(std::string_view path, const EffectiveConfig& config) {
  const std::string queue = std::string(config.text("queue_directory")) + "/";
  return queue.size() > 1 && path.starts_with(queue);
}

void report(const Socket& socket, Sink& sink) {
  const Service& service = *socket.services.front();
  const std::string_view path = socket.place.text();
  const std::string_view field = service.entry->field(Field::chroot);
  const std::string_view queue = service.config->text("queue_directory");
  const bool doubled = in_queue_directory(path, *service.config);
  auto finding = sink.report(info).at(service.entry->field_span(Field::chroot));
  finding.origin(*socket.setting)
      .item(path)
      .service(service)
      .related(socket.place.span(), "this path starts at the root of the chroot")
      .message(service.name(), " runs chrooted", field == "-" ? " (\"-\" means y here)" : "",
               ", so that ", path, " is ", queue, path, " for it",
               doubled ? ", which is not what was meant: every connection fails"
                       : ": unless the socket stands there, every connection fails");
  for (const Service* other : socket.services)
    if (other != &service)
      finding.related(other->entry->field_span(Field::chroot), other->name() + " as well");
  if (!doubled) {
    finding.confidence(Confidence::possible)
        .assume("the socket is at " + std::string(path) + " of the host, not of the chroot");
    return;
  }
  Span prefix = socket.place.span();
  if (sink.text(prefix) != path) return;
  prefix.hi = prefix.lo + static_cast<std::uint32_t>(queue.size() + 1);
  finding.fix(Fix::unsafe("write the path relative to the queue directory, which is right with and "
                          "without chroot; the service answers again")
                  .remove(prefix));
}

/// The default is that of long ago; "-" stands in services that nobody meant to chroot. Where the
/// level is not set, compat/level-missing says so.
void check_level(const Workspace& workspace, Sink& sink) {
  const bool chosen = sink.at_least(3, 0) && workspace.config().set("compatibility_level");
  if (!chosen || !dash_means_chroot(sink)) return;
  const Service* first = nullptr;
  std::size_t others = 0;
  for (const Service& service : workspace.services()) {
    if (service.entry->field(Field::chroot) != "-") continue;
    if (first == nullptr) {
      first = &service;
    } else {
      ++others;
    }
  }
  if (first == nullptr) return;
  auto finding = sink.report(info).at(first->entry->field_span(Field::chroot));
  const Setting& level = workspace.config().at("compatibility_level");
  finding.severity(Severity::info)
      .origin(level)
      .item("-")
      .service(*first)
      .message("\"-\" means that the service runs chrooted as long as compatibility_level is ",
               level.text(),
               ": it looks for sockets, and for the files of the resolver and the time zone, below "
               "the queue directory");
  if (others != 0)
    finding.note("so do ", std::to_string(others), " other service(s) of master.cf with \"-\"");
}

/// The sockets of all services, one for each path that is written.
std::vector<Socket> all_sockets(const Workspace& workspace, Sink& sink) {
  std::vector<Socket> all;
  for (const Service& service : workspace.services()) {
    if (!is_chrooted(service, sink)) continue;
    for (Socket& socket : sockets_of(service, sink)) {
      const std::string_view path = socket.place.text();
      if (!is_of_host(path) && !in_queue_directory(path, *service.config)) continue;
      const auto same = std::find_if(all.begin(), all.end(),
                                     [&](const Socket& each) { return each.place.text() == path; });
      Socket& kept = same != all.end() ? *same : all.emplace_back(std::move(socket));
      if (kept.services.empty() || kept.services.back() != &service)
        kept.services.push_back(&service);
    }
  }
  return all;
}

void check(const Workspace& workspace, Sink& sink) {
  if (workspace.master() == nullptr) return;
  for (const Socket& socket : all_sockets(workspace, sink)) report(socket, sink);
  check_level(workspace, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::master::chroot_implicit
