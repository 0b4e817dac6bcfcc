#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/resolve.hpp"

namespace postlint::rules::relay::untrusted_routing {

constexpr RuleInfo info{.id = "relay/untrusted-routing",
                        .title = "strangers may give addresses that name a further destination",
                        .severity = Severity::error};

/// Does this host pass on whatever local part an address of a relay domain has? Of local domains it
/// takes addresses apart by itself.
bool relays_any_recipient(const EffectiveConfig& config, Sink& sink) {
  const bool checked = !config.text("relay_recipient_maps").empty() &&
                       config.boolean("smtpd_reject_unlisted_recipient");
  const EffectiveConfig& rewrite = smtpd::rewrite_config(sink.workspace());
  const std::string_view domains = rewrite.text("relay_domains");
  return !checked && !domains.empty() && domains != rewrite.text("mydestination");
}

void check(const Service& service, Sink& sink) {
  const EffectiveConfig& config = *service.config;
  if (!config.boolean("allow_untrusted_routing")) return;
  if (!serves_strangers(service, sink.lists(service))) return;
  const Setting& setting = config.at("allow_untrusted_routing");
  auto finding = sink.report(info).at(setting.origin().span);
  finding.origin(setting).item(setting.name);
  if (relays_any_recipient(config, sink)) {
    finding.message(
        "strangers may send to user%elsewhere.example@DOMAIN with a DOMAIN of relay_domains: "
        "the server behind gets it from this host, and where it trusts this host it relays the "
        "mail to elsewhere.example");
  } else {
    finding.severity(Severity::warning)
        .message(
            "the relay check lets addresses such as user%elsewhere.example@DOMAIN pass: a server "
            "to which this host relays, and that trusts this host, can be used to send to "
            "elsewhere.example");
  }
  finding.fix(Fix::unsafe("refuse such addresses; strangers can then no longer send to them")
                  .replace(setting.raw.span(), "no")
                  .command(postconf_command(service, setting, "no")));
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::untrusted_routing
