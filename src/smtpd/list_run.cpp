#include "src/smtpd/list_run.hpp"

namespace postlint::smtpd {

ListRun::ListRun(const Server& server, const Space& space, const SymbolicWorld& world,
                 Choices& choices, ListName name, const RestrictionList& list)
    : evaluator_(server, world, choices, nullptr), list_(list) {
  enter(server, space, world);
  // NOLINTNEXTLINE(cppcoreguidelines-prefer-member-initializer): enter() comes before
  status_ = evaluator_.check_alone(name, list);
}

void ListRun::enter(const Server& server, const Space& space, const SymbolicWorld& world) {
  const Request& request = world.request();
  const Box::Members& recipient =
      world.box().members[static_cast<std::size_t>(Dimension::recipient)];
  SessionState& state = evaluator_.state();
  state.stage = Stage::rcpt;
  state.address = request.client;
  state.helo = request.helo;
  state.sender = request.from;
  state.recipient = space.recipients[recipient->front()].internal;
  state.tls = request.tls;
  state.tls_active = request.tls.has_value();
  state.sasl_active = server.parameters().sasl_enabled;
  state.login = request.sasl;
  state.sasl_method = request.sasl_method;
}

std::optional<std::size_t> ListRun::last_word() {
  for (std::size_t i = steps().size(); i-- > 0;)
    if (steps()[i].depth == 0)
      return static_cast<std::size_t>(evaluator_.word_of(i) - list_.words.data());
  return std::nullopt;
}

}  // namespace postlint::smtpd
