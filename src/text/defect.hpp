#pragma once

#include <string_view>

namespace postlint {

/// postlint itself is wrong: says what on standard error and aborts. The program turns the signal
/// into exit status 4; a fuzzer sees a crash.
[[noreturn]] void defect(std::string_view what);

}  // namespace postlint
