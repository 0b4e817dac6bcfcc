#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint rules`: the catalogue, or some of it.
Exit run_rules(const Invocation& invocation, Streams& streams);

}  // namespace postlint::cli
