#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::permit_before_reject {

constexpr RuleInfo info{.id = "relay/permit-before-reject",
                        .title = "an unconditional permit stands in front of the relay check",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const RelayControl& control = relay_control(service, sink);
  const auto disarmed = disarmed_check(control);
  if (control.has_check() || !disarmed || disarmed->kind != DisarmedCheck::Kind::behind_permit) {
    return;
  }
  const Span permit = disarmed->cause->span();
  const Span word = disarmed->check.span();
  auto finding = sink.report(info).at(permit);
  finding
      .message("permit ends the list before ", disarmed->check.text(), " is reached: ",
               control.starts() ? "every stranger may relay" : "smtpd dies at its start")
      .related(word, "never reached")
      .since(relay_list_since(*service.config));
  if (permit.file != word.file || permit.hi > word.lo) return;
  std::string_view between = sink.text({permit.file, permit.hi, word.lo});
  const std::size_t gap = std::min(between.find_first_not_of(", \t\r\n"), between.size());
  finding.fix(Fix::unsafe("remove permit; strangers can then no longer relay")
                  .remove({permit.file, permit.lo, permit.hi + static_cast<std::uint32_t>(gap)}));
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::permit_before_reject
