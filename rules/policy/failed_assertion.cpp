#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/assertion.hpp"
#include "src/smtpd/dialogue.hpp"

namespace postlint::rules::policy::failed_assertion {

constexpr RuleInfo info{.id = "policy/failed-assertion",
                        .title = "an assertion of the site about who may send mail does not hold",
                        .severity = Severity::error};

using smtpd::Assertion;
using smtpd::BrokenAssertion;
using smtpd::Step;

/// "reject permit_mynetworks in smtpd_relay_restrictions (main.cf:5): ..."
std::string line_of(const Step& step, const Sink& sink) {
  std::string line(smtpd::result_name(step.result));
  line += ' ' + step.restriction;
  if (!step.list.empty()) line += " in " + step.list;
  if (step.span.in_file()) line += " (" + sink.place(step.span) + ')';
  if (!step.why.empty()) line += ": " + step.why;
  return line;
}

Witness witness_of(const BrokenAssertion& broken, const Sink& sink) {
  Witness witness{smtpd::dialogue_line(*broken.request), {}, broken.trace->reply};
  if (witness.reply.empty()) witness.reply = smtpd::verdict_name(broken.trace->verdict);
  witness.request = smtpd::request_keys(*broken.request);
  for (const Step& step : broken.trace->steps) witness.steps.push_back(line_of(step, sink));
  return witness;
}

/// What decided, where that stands in a file.
Span place_of(const BrokenAssertion& broken) {
  const bool decided = broken.trace && broken.trace->decided_by;
  return decided ? broken.trace->decided_by->span : Span{};
}

/// That a mail is refused must be proved; that one is accepted must be possible.
Confidence confidence_of(const Assertion& assertion, const BrokenAssertion& broken) {
  if (broken.certain) return Confidence::certain;
  return assertion.expected == Assertion::Expected::accept ? Confidence::possible
                                                           : Confidence::likely;
}

void add_trace(const BrokenAssertion& broken, FindingBuilder& finding, const Sink& sink) {
  finding.witness(witness_of(broken, sink));
  const auto& decision = broken.trace->decided_by;
  if (!decision) return;
  finding.parameter(decision->list);
  if (decision->span.in_file()) finding.label("decides");
  if (decision->table) finding.related(decision->table->span, "by this entry");
}

void report(const Assertion& assertion, const BrokenAssertion& broken, Sink& sink) {
  const Span place = place_of(broken);
  auto finding = place.in_file()             ? sink.report(info).at(place)
                 : broken.service == nullptr ? sink.report(info).at_absence()
                                             : sink.report(info).at_absence(*broken.service);
  if (broken.service != nullptr)
    finding.service(*broken.service).since(relay_list_since(*broken.service->config));
  if (broken.trace) add_trace(broken, finding, sink);
  finding.item(assertion.text).confidence(confidence_of(assertion, broken));
  finding.note("asserted in ", assertion.place);
  if (broken.certain)
    finding.message("\"", assertion.text, "\" does not hold: ", broken.why);
  else
    finding.message("whether \"", assertion.text, "\" holds cannot be told: ", broken.why);
  for (const std::string& text : broken.assumes) {
    if (broken.certain)
      finding.assume(text);
    else
      finding.note("depends on: ", text);
  }
}

void check(const Workspace& workspace, Sink& sink) {
  const auto& asserted = sink.shared<smtpd::AssertedPolicy>([] { return smtpd::AssertedPolicy{}; });
  if (asserted.assertions.empty()) return;
  smtpd::AssertionChecker checker(workspace, asserted.facts);
  for (const Assertion& assertion : asserted.assertions)
    for (const BrokenAssertion& broken : checker.check(assertion)) report(assertion, broken, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::policy::failed_assertion
