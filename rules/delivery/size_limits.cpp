#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::delivery::size_limits {

constexpr RuleInfo info{.id = "delivery/size-limits",
                        .title = "a mailbox may not be as large as one message",
                        .severity = Severity::error};

/// What one delivery agent looks at when it starts.
struct Agent {
  std::string_view program;
  std::string_view limit;
  std::string_view transport;
  std::string_view domains;
};
constexpr Agent agents[] = {
    {"local", "mailbox_size_limit", "local_transport", "mydestination"},
    {"virtual", "virtual_mailbox_limit", "virtual_transport", "virtual_mailbox_domains"}};

/// The agent's own view: its master.cf entry may have -o options.
const EffectiveConfig& config_of(const Agent& agent, const Workspace& workspace) {
  for (const Service& service : workspace.services()) {
    if (program_of(service) == agent.program) return *service.config;
  }
  return workspace.config();
}

bool is_used(const Agent& agent, const EffectiveConfig& config) {
  const std::string_view transport = config.text(agent.transport);
  return transport.substr(0, transport.find(':')) == agent.program &&
         !config.text(agent.domains).empty();
}

void look(const Agent& agent, Sink& sink) {
  const EffectiveConfig& main = sink.workspace().config();
  const EffectiveConfig& config = config_of(agent, sink.workspace());
  if (!is_used(agent, main)) return;
  const std::int64_t mailbox = config.integer(agent.limit);
  const std::int64_t message = config.integer("message_size_limit");
  const bool unlimited = message <= 0;
  if (mailbox <= 0 || (!unlimited && mailbox >= message)) return;
  const Setting& larger = config.at("message_size_limit");
  const Setting& smaller = config.at(agent.limit);
  const Setting& place = larger.is_default() ? smaller : larger;
  auto finding = sink.report(info).at(place.raw);
  finding
      .message(agent.limit, " (", std::to_string(mailbox), ") is below message_size_limit (",
               unlimited ? "0, no limit" : std::to_string(message), "): ", agent.program,
               "(8) dies at its start, and its mail stays in the queue")
      .origin(larger)
      .origin(smaller);
  const std::string line = std::string(agent.limit) + " = 0";
  if (!smaller.is_default()) {
    finding.related(&place == &smaller ? Span{} : smaller.raw.span(), "the mailbox");
    finding.fix(Fix::safe("do not limit mailboxes").replace(smaller.raw.span(), "0"));
  } else if (larger.origin().kind == model::Origin::Kind::main_cf) {
    finding.fix(Fix::safe("do not limit mailboxes")
                    .insert_before(sink.line_span(larger.origin().span), line + "\n")
                    .command("postconf -e " + shell_quoted(line)));
  }
}

void check(const Workspace&, Sink& sink) {
  for (const Agent& agent : agents) look(agent, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::delivery::size_limits
