#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint explain NAME`: a rule's page, a parameter, or a restriction.
Exit run_explain(const Invocation& invocation, Streams& streams);

}  // namespace postlint::cli
