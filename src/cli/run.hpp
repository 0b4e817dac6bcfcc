#pragma once

namespace postlint::cli {

/// The whole program: parses the command line, runs the command, prints, returns the exit status.
int run(int argc, const char* const* argv);

}  // namespace postlint::cli
