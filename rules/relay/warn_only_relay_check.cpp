#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::warn_only_relay_check {

constexpr RuleInfo info{.id = "relay/warn-only-relay-check",
                        .title = "warn_if_reject disarms the only relay check",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

/// The warn_if_reject in front of a word of the lists; null if it stands around a class.
const RestrictionItem* warning_before(const RestrictionItem& check,
                                      const std::vector<RestrictionList>& lists) {
  for (const RestrictionList& list : lists) {
    for (std::size_t at = 1; at < list.items.size(); ++at) {
      if (&list.items[at] == &check && list.items[at - 1].is("warn_if_reject")) {
        return &list.items[at - 1];
      }
    }
  }
  return nullptr;
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const RelayControl& control = relay_control(service, sink);
  const auto disarmed = disarmed_check(control);
  if (control.has_check() || !disarmed || disarmed->kind != DisarmedCheck::Kind::warn_only) return;

  auto finding = sink.report(info).at(disarmed->check);
  finding
      .message("warn_if_reject turns ", disarmed->check.text(),
               control.starts()
                   ? ", the only relay check, into a log message: strangers may relay"
                   : ", the only relay check, into a log message: smtpd dies at its start")
      .since(relay_list_since(*service.config));
  const RestrictionItem* warning = warning_before(*disarmed->cause, sink.lists(service));
  if (warning == nullptr) return;
  const Span word = warning->span();
  const Span next = disarmed->check.span();
  if (word.file != next.file || word.hi > next.lo) return;
  finding.related(word, "disarmed here")
      .fix(Fix::unsafe("remove warn_if_reject; strangers can then no longer relay")
               .remove({word.file, word.lo, next.lo}));
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::warn_only_relay_check
