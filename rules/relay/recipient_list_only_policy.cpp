#include <algorithm>

#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::recipient_list_only_policy {

constexpr RuleInfo info{.id = "relay/recipient-list-only-policy",
                        .title = "only smtpd_recipient_restrictions keeps strangers from relaying",
                        .severity = Severity::warning,
                        .since = {2, 10}};

constexpr std::string_view relay_list = "smtpd_relay_restrictions";

/// Words that permit whoever has a right to relay, and take no argument.
bool is_relay_permit(const RestrictionItem& item) {
  return item.kind == RestrictionItem::Kind::keyword && !item.argument &&
         item.restriction->canonical.starts_with("permit_") && !item.is("permit_auth_destination");
}

bool has_table(const RestrictionItem& item) {
  return item.kind == RestrictionItem::Kind::table ||
         (item.kind == RestrictionItem::Kind::keyword &&
          item.restriction->canonical.ends_with("_access"));
}

/// A permit of it lets strangers relay, and whether it has one cannot be seen here: a policy
/// service, or a table of what clients say of themselves. Tables of clients say whom to trust.
bool is_risk(const RestrictionItem& item, const EffectiveConfig& config, Sink& sink) {
  if (item.is("check_policy_service")) return true;
  const bool claimed = item.kind == RestrictionItem::Kind::table || item.is("check_helo_access") ||
                       item.is("check_sender_access") || item.is("check_recipient_access");
  if (!claimed) return false;
  const smtpd::TableSet& tables = tables_of(sink);
  return tables.open(item.table(), smtpd::address_map_flags(config)).unusable() ==
         smtpd::LookupResult::Kind::unknown;
}

/// The first of them before the check; null: there is none.
const RestrictionItem* find_risk(const RelayList& recipient, const EffectiveConfig& config,
                                 Sink& sink) {
  for (std::size_t at = 0; at < *recipient.check; ++at) {
    const RestrictionItem& item = *recipient.steps[at].item;
    if (is_risk(item, config, sink)) return &item;
  }
  return nullptr;
}

/// A -o option ends at a blank.
std::string_view separator(const Setting& place) {
  return place.origin().kind == model::Origin::Kind::service_override ? "," : ", ";
}

/// The relay list that lets pass whom the recipient list lets pass, classes opened.
std::string policy(const RelayList& recipient, std::string_view separator) {
  std::string words;
  for (std::size_t at = 0; at < *recipient.check; ++at) {
    const RestrictionItem& item = *recipient.steps[at].item;
    if (is_relay_permit(item)) words += std::string(item.text()) + std::string(separator);
  }
  return words + std::string(recipient.check_step()->item->text());
}

/// Behind the '=' of an empty assignment, or a line before the list of recipients. Nothing where
/// the empty value comes from somewhere else.
std::optional<Edit> insertion(const RelayList& recipient, const Setting& relay, Sink& sink) {
  const Setting& place = relay.is_default() ? *recipient.list->setting : relay;
  const bool in_main = place.origin().kind == model::Origin::Kind::main_cf;
  const std::string value = policy(recipient, separator(place));
  Span span = place.origin().span;
  if (relay.is_default()) {
    if (!in_main) return std::nullopt;
    span.lo = span.hi = sink.line_span(span).lo;
    return Edit{span, std::string(relay_list) + " = " + value + '\n'};
  }
  const std::size_t equals = sink.text(span).find('=');
  if (!relay.raw.text().empty() || equals == std::string_view::npos) return std::nullopt;
  span.lo = span.hi = span.lo + static_cast<std::uint32_t>(equals) + 1;
  return Edit{span, (in_main ? " " : "") + value};
}

/// Another service with the same empty list that has its own list of recipients; null: none.
const Service* find_other_user(const Service& service, const Setting& relay, Sink& sink) {
  constexpr std::string_view recipients = "smtpd_recipient_restrictions";
  const auto& services = sink.workspace().services();
  const auto found = std::find_if(services.begin(), services.end(), [&](const Service& other) {
    return other.is_smtpd() && other.config->at(relay_list).origin().span == relay.origin().span &&
           other.config->text(recipients) != service.config->text(recipients);
  });
  return found == services.end() ? nullptr : &*found;
}

/// The tables and services before the check, each once: "check_client_access or ...".
std::string other_permits(const RelayList& recipient) {
  std::string words;
  for (std::size_t at = 0; at < *recipient.check; ++at) {
    const RestrictionItem& item = *recipient.steps[at].item;
    if (!has_table(item) && !item.is("check_policy_service")) continue;
    if (words.find(item.text()) != std::string::npos) continue;
    words += (words.empty() ? "" : " or ") + std::string(item.text());
  }
  return words;
}

/// Without its edits: does anybody lose by a relay list of plain words?
Fix begin_fix(const RelayList& recipient, const Service& service, const Setting& relay,
              Sink& sink) {
  const std::string others = other_permits(recipient);
  if (!others.empty())
    return Fix::unsafe("refuse in smtpd_relay_restrictions, too; clients that only " + others +
                       " permits can then no longer relay");
  const Service* user = find_other_user(service, relay, sink);
  if (user != nullptr)
    return Fix::unsafe("say the same in smtpd_relay_restrictions; clients of " + user->name() +
                       " whom only its own list permits can then no longer relay");
  return Fix::safe("say the same in smtpd_relay_restrictions");
}

void add_fix(FindingBuilder& finding, const RelayList& recipient, const Service& service,
             const Setting& relay, Sink& sink) {
  const std::optional<Edit> edit = insertion(recipient, relay, sink);
  if (!edit) return;
  finding.fix(begin_fix(recipient, service, relay, sink)
                  .replace(edit->span, edit->replacement)
                  .command(postconf_command(service, relay, policy(recipient, separator(relay)))));
}

void report(const RelayList& recipient, const Service& service, const RestrictionItem* risk,
            Sink& sink) {
  const Setting& relay = service.config->at(relay_list);
  const RestrictionItem& check = *recipient.check_step()->item;
  auto finding = sink.report(info).at(relay.is_default() ? check.span() : relay.origin().span);
  finding.origin(relay).item(check.text()).since(relay_list_since(*service.config));
  if (risk != nullptr) {
    finding
        .message(relay_list, " is empty: if ", risk->text(), " permits something before ",
                 check.text(), " is asked in ", recipient.list->name, ", strangers may relay")
        .related(risk->span(), "a permit ends the list here");
  } else {
    finding.severity(Severity::info)
        .message(relay_list, " is empty: ", check.text(), " in ", recipient.list->name,
                 " alone keeps strangers from relaying, and whatever is once permitted before it "
                 "undoes it");
  }
  if (!relay.is_default()) finding.related(check.span(), "the relay check");
  add_fix(finding, recipient, service, relay, sink);
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const RelayControl& control = relay_control(service, sink);
  if (control.relay.list != nullptr || !control.recipient.checks_destination()) return;
  const EffectiveConfig& config = *service.config;
  const Setting& relay = config.at(relay_list);
  const RestrictionItem* risk = find_risk(control.recipient, config, sink);
  // Where the default is empty for want of a level, compat/level-missing says so.
  const bool by_level = relay.is_default() && !config.set("compatibility_level");
  if (risk != nullptr || !by_level) report(control.recipient, service, risk, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::recipient_list_only_policy
