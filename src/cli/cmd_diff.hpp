#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint diff OLD NEW`: what a change does.
Exit run_diff(const Invocation& invocation, bool color, Streams& streams);

}  // namespace postlint::cli
