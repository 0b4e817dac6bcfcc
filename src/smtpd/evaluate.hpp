#pragma once

#include <functional>

#include "src/smtpd/facts.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"
#include "src/smtpd/world.hpp"

namespace postlint::smtpd {

/// What the server answers to the request, and why. Where the answer hinges on what nobody told,
/// all outcomes are played: `depends` where they differ, else the verdict that they share.
Trace evaluate(const Server& server, const Request& request, const Facts& facts);

/// So many combinations of unknown answers are played; more make the verdict `depends`.
inline constexpr std::size_t combination_limit = 512;

/// The same, where another world answers than the one that the facts tell of.
Trace evaluate(const Server& server, const Request& request, const World& world,
               std::size_t limit = combination_limit);

/// Plays every combination of unknown answers up to the limit and shows each as a trace of its own,
/// whose `assumes` tell which answers it has. Nothing of a server that dies.
void each_run(const Server& server, const Request& request, const World& world,
              const std::function<void(const Trace&)>& visit,
              std::size_t limit = combination_limit);

}  // namespace postlint::smtpd
