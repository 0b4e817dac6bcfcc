#pragma once

#include <cstddef>
#include <string_view>

namespace postlint::text {

/// Length of the valid UTF-8 sequence at `at`, 1 for a byte that starts none.
std::size_t code_point_length(std::string_view text, std::size_t at);

}  // namespace postlint::text
