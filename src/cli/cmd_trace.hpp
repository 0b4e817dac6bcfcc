#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

/// `postlint trace`: one request from the options, or many from --requests.
Exit run_trace(const Invocation& invocation, bool color, Streams& streams);

}  // namespace postlint::cli
