#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint why`: explains refusals in log lines, bounces and replies.
Exit run_why(const Invocation& invocation, bool color, Streams& streams);

}  // namespace postlint::cli
