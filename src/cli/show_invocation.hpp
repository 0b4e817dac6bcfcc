#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint show` from its options: the first positional is a PATH if it looks like one, all
/// others are names of parameters.
Exit run_show(const Invocation& invocation, Streams& streams);

}  // namespace postlint::cli
