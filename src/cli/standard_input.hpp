#pragma once

#include <string>

#include "src/text/result.hpp"

namespace postlint::cli {

/// All of standard input.
Result<std::string> read_standard_input();

}  // namespace postlint::cli
