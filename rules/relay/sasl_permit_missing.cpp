#include <algorithm>

#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/service_ports.hpp"

namespace postlint::rules::relay::sasl_permit_missing {

constexpr RuleInfo info{.id = "relay/sasl-permit-missing",
                        .title = "clients may log in, but not relay",
                        .severity = Severity::error,
                        .confidence = Confidence::likely};

/// Tables and policy services can permit logins by name, or everything else.
bool may_permit_logins(const RestrictionItem& item) {
  return item.is("permit_sasl_authenticated") || item.is("permit") ||
         item.is("check_sasl_access") || item.is("check_policy_service") ||
         item.kind == RestrictionItem::Kind::table || item.kind == RestrictionItem::Kind::unknown;
}

/// Does this list let a client with a login pass its check for foreign destinations?
bool lets_logins_pass(const RelayList& list) {
  if (!list.check) return true;
  return std::any_of(list.steps.begin(),
                     list.steps.begin() + static_cast<std::ptrdiff_t>(*list.check),
                     [](const RestrictionStep& step) { return may_permit_logins(*step.item); });
}

bool serves_logins(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return false;
  const RelayControl& control = relay_control(service, sink);
  return lets_logins_pass(control.relay) && lets_logins_pass(control.recipient);
}

/// The word of a list that refuses whoever is not in mynetworks, with a login or without. Whom a
/// certificate lets pass may have to log in as well.
const RestrictionItem* refuses_logins(const RestrictionList& list,
                                      const std::vector<RestrictionList>& lists) {
  if (list.stage > RestrictionList::Stage::recipient || !refuses_strangers(list, lists))
    return nullptr;
  const std::vector<RestrictionStep> steps = evaluation_order(list, lists);
  const bool admits = std::any_of(steps.begin(), steps.end(), [](const RestrictionStep& step) {
    return may_permit_logins(*step.item) || step.item->is("permit_tls_clientcerts");
  });
  return admits ? nullptr : steps.back().item;
}

/// Has it a list that lets nobody pass but those who log in, and mynetworks?
bool admits_logins_alone(const Service& service, Sink& sink) {
  const std::vector<RestrictionList>& lists = sink.lists(service);
  return std::any_of(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    if (list.stage > RestrictionList::Stage::recipient || !refuses_strangers(list, lists))
      return false;
    const std::vector<RestrictionStep> steps = evaluation_order(list, lists);
    return std::any_of(steps.begin(), steps.end(), [](const RestrictionStep& step) {
      return step.item->is("permit_sasl_authenticated");
    });
  });
}

void describe(FindingBuilder& finding, const RestrictionItem& word, const RestrictionList& list,
              const Service& service) {
  finding.origin(*list.setting)
      .related(service.config->at("smtpd_sasl_auth_enable").origin().span, "AUTH is offered");
  const Span span = word.span();
  const bool in_class = std::none_of(list.items.begin(), list.items.end(),
                                     [&](const RestrictionItem& each) { return &each == &word; });
  if (!span.in_file() || in_class) return;
  const bool own = list.setting->origin().kind == model::Origin::Kind::service_override;
  finding.fix(
      Fix::unsafe("let logged-in clients " +
                  std::string(word.is("reject") || word.is("defer") ? "pass" : "relay"))
          .insert_before(span, own ? "permit_sasl_authenticated," : "permit_sasl_authenticated, "));
}

void report(const RelayList& list, const Service& service, Sink& sink) {
  const RestrictionItem& check = *list.check_step()->item;
  auto finding = sink.report(info).at(check.span());
  finding.message("there is no permit_sasl_authenticated in front of ", check.text(),
                  ": a logged-in client outside mynetworks is refused with Relay access denied");
  describe(finding, check, *list.list, service);
}

bool offers_auth_itself(const Service& service) {
  const model::Origin& origin = service.config->at("smtpd_sasl_auth_enable").origin();
  return origin.kind == model::Origin::Kind::service_override;
}

/// People log in on ports 587 and 465; a port that only serves mynetworks needs no AUTH.
bool report_closed_list(const Service& service, Sink& sink) {
  const std::vector<RestrictionList>& lists = sink.lists(service);
  for (const RestrictionList& list : lists) {
    const RestrictionItem* word = refuses_logins(list, lists);
    if (word == nullptr) continue;
    auto finding = sink.report(info).at(word->span());
    finding.message(list.name, " of ", service.name(), " has no permit_sasl_authenticated before ",
                    word->text(), ": a logged-in client outside mynetworks is refused");
    if (!offers_auth_itself(service)) finding.confidence(Confidence::possible);
    describe(finding, *word, list, service);
    return true;
  }
  return false;
}

/// AUTH on port 25 may be a left-over where another port is for logins.
bool is_left_over(const Service& service, Sink& sink) {
  if (is_submission(service) || admits_logins_alone(service, sink)) return false;
  const auto& services = sink.workspace().services();
  return std::any_of(services.begin(), services.end(), [&](const Service& other) {
    return &other != &service && serves_logins(other, sink);
  });
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !service.config->boolean("smtpd_sasl_auth_enable")) return;
  if (!reachable_from_outside(service)) return;
  if (is_submission(service) && report_closed_list(service, sink)) return;
  if (serves_logins(service, sink) || is_left_over(service, sink)) return;
  const RelayControl& control = relay_control(service, sink);
  for (const RelayList* list : {&control.relay, &control.recipient}) {
    // `permit_mynetworks, reject` is meant: nobody else is wanted here at all.
    if (lets_logins_pass(*list) || !list->checks_destination()) continue;
    report(*list, service, sink);
    return;
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::sasl_permit_missing
