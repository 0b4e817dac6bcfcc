#pragma once

namespace postlint::cli {

/// Of the program, as in CMakeLists.txt.
inline constexpr char version_text[] = POSTLINT_VERSION;

}  // namespace postlint::cli
