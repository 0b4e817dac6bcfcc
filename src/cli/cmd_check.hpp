#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint check`.
Exit run_check(const Invocation& invocation, bool color, Streams& streams);

}  // namespace postlint::cli
