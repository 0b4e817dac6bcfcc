#include "src/smtpd/evaluate.hpp"

#include <algorithm>

#include "src/smtpd/reply_producers.hpp"
#include "src/smtpd/session.hpp"

namespace postlint::smtpd {
namespace {

/// So many different outcomes are reported.
constexpr std::size_t outcome_limit = 16;

struct Run {
  SessionResult result;
  std::vector<Step> steps;
  std::vector<const Word*> words;
  std::vector<Evaluator::Permit> permits;
  std::optional<AuthorizedBy> authorized_by;
  std::vector<std::string> assumptions;
};

Run play(const Server& server, const World& world, Choices& choices, const Request& request,
         const Neutralised* neutralised) {
  Session session(server, world, choices, request, neutralised);
  Run run;
  run.result = session.play();
  Evaluator& evaluator = session.evaluator();
  run.words.reserve(evaluator.steps().size());
  for (std::size_t i = 0; i < evaluator.steps().size(); ++i)
    run.words.push_back(evaluator.word_of(i));
  run.steps = std::move(evaluator.steps());
  run.permits = evaluator.permits();
  run.authorized_by = evaluator.authorized_by();
  run.assumptions = session.assumptions();
  return run;
}

Verdict verdict_of(const SessionResult& result) {
  if (!result.fatal.empty()) return Verdict::fatal;
  if (result.hangup) return Verdict::reject;
  if (result.reply.starts_with('5')) return Verdict::reject;
  if (result.reply.starts_with('4')) return Verdict::defer;
  return Verdict::accept;
}

Verdict verdict_of(const std::string& reply) {
  return reply.empty() || reply[0] == '5' ? Verdict::reject
         : reply[0] == '4'                ? Verdict::defer
                                          : Verdict::accept;
}

Decision decision_of(const Server& server, const Step& step) {
  return {server.name(), step.list, step.restriction, step.span, origin_text(server, step.list),
          step.table};
}

/// The permit without which the recipient would not be accepted: asked, not guessed.
std::optional<std::size_t> deciding_permit(const Server& server, const World& world,
                                           const Choices& choices, const Request& request,
                                           const Run& run) {
  if (run.result.stage < Stage::rcpt) return std::nullopt;
  for (const Evaluator::Permit& permit : run.permits) {
    const Step& step = run.steps[permit.step];
    Neutralised neutralised;
    if (step.table)
      neutralised.entry = step.table;
    else
      neutralised.word = permit.word;
    if (neutralised.word == nullptr && !neutralised.entry) continue;
    Choices same = choices;
    same.restart();
    const Run other = play(server, world, same, request, &neutralised);
    if (other.result.reply != run.result.reply) return permit.step;
  }
  return std::nullopt;
}

/// Would the domain be in none of the classes without this pattern?
bool alone_in_classes(const Resolver& resolver, const AuthorizedBy& by) {
  for (const MatchList* list : {&resolver.mydestination(), resolver.virtual_alias_domains(),
                                resolver.virtual_mailbox_domains(), resolver.relay_domains()})
    if (list != nullptr &&
        list->match_without(by.domain, by.match.span).kind != MatchOutcome::Kind::no_match)
      return false;
  return true;
}

/// The pattern that makes the recipient's domain an authorized destination, if the mail would be
/// refused without.
std::optional<Decision> deciding_class(const Server& server, const World& world,
                                       const Choices& choices, const Request& request,
                                       const Run& run) {
  if (run.result.stage < Stage::rcpt || !run.authorized_by) return std::nullopt;
  Neutralised neutralised;
  neutralised.address_class = true;
  Choices same = choices;
  same.restart();
  const Run other = play(server, world, same, request, &neutralised);
  if (other.result.reply == run.result.reply) return std::nullopt;
  const AuthorizedBy& by = *run.authorized_by;
  if (!by.match.span.in_file() || !alone_in_classes(server.resolver(), by)) return std::nullopt;
  Step step;
  step.list = by.parameter;
  step.restriction = by.match.pattern;
  step.span = by.match.span;
  return decision_of(server, step);
}

void fill(Trace& trace, const Server& server, Run& run) {
  trace.verdict = verdict_of(run.result);
  trace.stage = run.result.stage;
  trace.reply = run.result.reply;
  trace.replies = run.result.replies;
  trace.fatal = run.result.fatal;
  for (const SessionResult::Recipient& recipient : run.result.recipients) {
    RecipientTrace entry{recipient.to, verdict_of(recipient.reply), recipient.reply, {}};
    if (recipient.deciding) entry.decided_by = decision_of(server, run.steps[*recipient.deciding]);
    trace.recipients.push_back(std::move(entry));
  }
  if (run.result.deciding) trace.decided_by = decision_of(server, run.steps[*run.result.deciding]);
  trace.assumes = run.assumptions;
}

Outcome outcome_of(const Run& run, const Choices& choices) {
  Outcome outcome{verdict_of(run.result), run.result.stage, run.result.reply, {}};
  if (outcome.verdict == Verdict::fatal) outcome.reply.clear();
  for (const auto& [fact, assumption] : choices.assumed()) outcome.assumes.push_back(assumption);
  return outcome;
}

bool same_outcome(const Outcome& a, const Outcome& b) {
  return a.verdict == b.verdict && a.stage == b.stage && a.reply == b.reply;
}

/// Replies that all runs agree on.
void keep_common(Trace& trace, const SessionResult& result) {
  for (std::size_t i = 0; i < trace.recipients.size(); ++i) {
    RecipientTrace& kept = trace.recipients[i];
    const bool played = i < result.recipients.size();
    if (!played || verdict_of(result.recipients[i].reply) != kept.verdict)
      kept.verdict = Verdict::depends;
    if (!played || result.recipients[i].reply != kept.reply) kept.reply.clear();
  }
  for (std::size_t i = 0; i < stage_count; ++i)
    if (trace.replies[i] != result.replies[i]) trace.replies[i].reset();
}

void add_facts(std::vector<std::string>& facts, const Choices& choices) {
  for (const auto& [fact, assumption] : choices.assumed())
    if (std::find(facts.begin(), facts.end(), fact) == facts.end()) facts.push_back(fact);
}

Trace dead(const Server& server) {
  Trace trace;
  trace.verdict = Verdict::fatal;
  trace.stage = Stage::connect;
  trace.fatal = server.fatal();
  if (server.fatal_place().in_file()) {
    Decision decision;
    decision.service = server.name();
    decision.span = server.fatal_place();
    trace.decided_by = decision;
  }
  return trace;
}

/// The verdict of several outcomes: the one that they share, or `depends`.
void settle(Trace& trace, std::vector<Outcome> outcomes, std::vector<std::string> facts,
            bool complete) {
  const bool same = std::all_of(outcomes.begin(), outcomes.end(),
                                [&](const Outcome& o) { return o.verdict == outcomes[0].verdict; });
  if (same && complete) {
    if (outcomes.size() == 1) return;
    trace.assumes.insert(trace.assumes.end(), outcomes[0].assumes.begin(),
                         outcomes[0].assumes.end());
    trace.outcomes = std::move(outcomes);
    return;
  }
  trace.verdict = Verdict::depends;
  trace.reply.clear();
  trace.fatal.clear();
  trace.decided_by.reset();
  trace.outcomes = std::move(outcomes);
  if (!complete) facts.emplace_back("more combinations than are played");
  trace.assumes = std::move(facts);
  for (RecipientTrace& recipient : trace.recipients) recipient.decided_by.reset();
}

}  // namespace

Trace evaluate(const Server& server, const Request& request, const Facts& facts) {
  return evaluate(server, request, FactsWorld(server, request, facts));
}

Trace evaluate(const Server& server, const Request& request, const World& world,
               std::size_t limit) {
  if (!server.fatal().empty()) return dead(server);
  Choices choices;
  Trace trace;
  Run run = play(server, world, choices, request, nullptr);
  fill(trace, server, run);
  if (!trace.decided_by && trace.verdict == Verdict::accept) {
    if (const auto permit = deciding_permit(server, world, choices, request, run)) {
      trace.decided_by = decision_of(server, run.steps[*permit]);
    } else {
      trace.decided_by = deciding_class(server, world, choices, request, run);
    }
    if (!trace.recipients.empty()) trace.recipients.back().decided_by = trace.decided_by;
  }
  trace.steps = std::move(run.steps);
  std::vector<Outcome> outcomes{outcome_of(run, choices)};
  std::vector<std::string> unknown;
  add_facts(unknown, choices);
  std::size_t runs = 1;
  bool more = choices.next();
  for (; more && runs < limit; ++runs, more = choices.next()) {
    const Run other = play(server, world, choices, request, nullptr);
    keep_common(trace, other.result);
    add_facts(unknown, choices);
    Outcome outcome = outcome_of(other, choices);
    const bool known = std::any_of(outcomes.begin(), outcomes.end(),
                                   [&](const Outcome& o) { return same_outcome(o, outcome); });
    if (!known && outcomes.size() < outcome_limit) outcomes.push_back(std::move(outcome));
  }
  for (const std::string& premise : choices.premises()) trace.assumes.push_back(premise);
  if (runs > 1) settle(trace, std::move(outcomes), std::move(unknown), !more);
  return trace;
}

void each_run(const Server& server, const Request& request, const World& world,
              const std::function<void(const Trace&)>& visit, std::size_t limit) {
  if (!server.fatal().empty()) return;
  Choices choices;
  bool more = true;
  for (std::size_t runs = 0; more && runs < limit; ++runs, more = choices.next()) {
    Run run = play(server, world, choices, request, nullptr);
    Trace trace;
    fill(trace, server, run);
    trace.steps = std::move(run.steps);
    for (const auto& [fact, assumption] : choices.assumed()) trace.assumes.push_back(assumption);
    for (const std::string& premise : choices.premises()) trace.assumes.push_back(premise);
    visit(trace);
  }
}

}  // namespace postlint::smtpd
