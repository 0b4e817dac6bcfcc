#include <algorithm>
#include <array>

#include "grammar/restriction_list.hpp"
#include "rules/servers.hpp"
#include "src/engine/hosted_domains.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/strangers.hpp"

namespace postlint::rules::relay::reinject_port_exposed {

constexpr RuleInfo info{.id = "relay/reinject-port-exposed",
                        .title = "strangers can connect to the port where a filter hands mail back",
                        .severity = Severity::error,
                        .needs_master = true};

/// A -o that takes something away which mail from outside is to go through.
struct Relief {
  const model::Override* option = nullptr;
  std::string past;  // "content_filter"
};

/// Ports for strangers and for people with a login have rules of their own.
bool is_other_port(const Service& service) {
  if (service.entry == nullptr || !service.is_smtpd()) return false;
  const auto port = service.entry->port();
  return service.entry->field(model::Field::type) == "inet" && port != 25 && port != 465 &&
         port != 587;
}

bool has_filter(const EffectiveConfig& config) {
  return !config.text("content_filter").empty() || !config.text("smtpd_proxy_filter").empty();
}

bool is_filtered_elsewhere(const Workspace& workspace) {
  const auto& services = workspace.services();
  return has_filter(workspace.config()) ||
         std::any_of(services.begin(), services.end(), [](const Service& service) {
           return service.is_smtpd() && has_filter(*service.config);
         });
}

/// Is it empty for the service, and not in main.cf?
bool empties(const EffectiveConfig& config, std::string_view name, const Workspace& workspace) {
  const std::string_view own = config.text(name);
  if (!own.empty() && !(own == "permit" && name.ends_with("_restrictions"))) return false;
  if (name == "content_filter") return is_filtered_elsewhere(workspace);
  const std::string_view usual = workspace.config().text(name);
  return !usual.empty() && usual != own;
}

bool accepts_unknown_recipients(const EffectiveConfig& config) {
  const std::string_view options = config.text("receive_override_options");
  const std::vector<text::Range> words = grammar::parse_plain_list(options);
  return std::any_of(words.begin(), words.end(), [&](text::Range word) {
    return options.substr(word.lo, word.size()) == "no_unknown_recipient_checks";
  });
}

/// What the option takes away; empty: nothing.
std::string loss_of(const model::Override& option, const Service& service,
                    const Workspace& workspace) {
  constexpr std::array<std::string_view, 7> guards{"content_filter",
                                                   "smtpd_milters",
                                                   "smtpd_client_restrictions",
                                                   "smtpd_helo_restrictions",
                                                   "smtpd_sender_restrictions",
                                                   "smtpd_recipient_restrictions",
                                                   "smtpd_data_restrictions"};
  const bool guard = std::find(guards.begin(), guards.end(), option.name) != guards.end();
  if (guard && empties(*service.config, option.name, workspace)) return std::string(option.name);
  if (option.name == "receive_override_options" && accepts_unknown_recipients(*service.config)) {
    return "the check of recipients";
  }
  return {};
}

std::optional<Relief> relief_of(const Service& service, const Workspace& workspace) {
  std::optional<Relief> found;
  for (const model::Override& option : service.entry->overrides) {
    std::string loss = loss_of(option, service, workspace);
    if (loss.empty() || (found && option.name != "content_filter")) continue;
    found = Relief{&option, std::move(loss)};
  }
  return found;
}

/// The address in front of the port, or the place for one.
Fix on_loopback(const Service& service) {
  Fix fix = Fix::unsafe("listen on 127.0.0.1 alone; other hosts can then no longer connect");
  Span place = service.entry->field_span(model::Field::service);
  const std::string_view host = service.entry->host();
  if (host.empty()) return std::move(fix).insert_before(place, "127.0.0.1:");
  const std::string_view name = service.entry->field(model::Field::service);
  place.hi = place.lo + static_cast<std::uint32_t>(name.rfind(':'));
  return std::move(fix).replace(place, "127.0.0.1");
}

void report(const Service& service, const Relief& relief, const smtpd::StrangersMail& mail,
            Sink& sink) {
  auto finding = sink.report(info).at(service.entry->field_span(model::Field::service));
  finding
      .message("strangers can send to the domains of this host through ", service.name(), ", past ",
               relief.past, ": it is not bound to a loopback address, and no list refuses them")
      .parameter(relief.option->name)
      .item(service.entry->field(model::Field::service))
      .related(relief.option->span, "leaves it out")
      .fix(on_loopback(service));
  for (const std::string& text : mail.assumes) finding.assume(text);
  if (!mail.assumes.empty()) finding.confidence(Confidence::likely);
}

void check(const Service& service, Sink& sink) {
  if (!is_other_port(service) || !smtpd::strangers_can_connect(service)) return;
  if (!hosts_domains(*service.config)) return;
  const auto relief = relief_of(service, sink.workspace());
  if (!relief) return;
  const smtpd::StrangersMail mail = smtpd::strangers_mail(server_of(service, sink));
  // Who takes mail to everywhere has a worse problem: relay/open-relay.
  if (mail.to_user && !mail.to_foreign) report(service, *relief, mail, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::reinject_port_exposed
