#pragma once

#include "src/cli/options.hpp"
#include "src/cli/streams.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// Says why a command ends, and with which status.
inline Exit fail(Streams& streams, const Error& error, Exit status) {
  streams.err += "postlint: " + error.message + '\n';
  return status;
}

}  // namespace postlint::cli
