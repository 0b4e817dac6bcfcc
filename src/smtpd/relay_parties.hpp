#pragma once

#include "src/smtpd/relay.hpp"
#include "src/smtpd/symbolic_space.hpp"

namespace postlint::smtpd {

/// Fills in who is trusted, and the matrix of clients and destinations. Each is asked of
/// evaluate(), with an ordinary request.
void add_parties(const Server& server, const Facts& facts, const Space& space,
                 RelayAnalysis& result);

/// A plain request of a stranger, in TLS where the service speaks nothing else.
Request ordinary_request(const Server& server, const Space& space, const std::string& to);

/// A foreign recipient.
std::string ordinary_destination(const Space& space);

}  // namespace postlint::smtpd
