#pragma once

#include "src/cli/options.hpp"

namespace postlint::cli {

/// Are colours wanted on standard output? --color, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE,
/// CLICOLOR and TERM=dumb, then whether it is a terminal.
bool use_color(Color choice, bool is_terminal);

}  // namespace postlint::cli
