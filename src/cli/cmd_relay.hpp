#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint relay`: who may relay, proved or shown by requests.
Exit run_relay(const Invocation& invocation, bool color, Streams& streams);

}  // namespace postlint::cli
