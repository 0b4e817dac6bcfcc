#pragma once

#include <string_view>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::text {

/// A character that looks like white space or like nothing, and is neither to Postfix, whose white
/// space is that of ASCII.
struct InvisibleCharacter {
  Range range;            // its bytes
  std::string_view name;  // "no-break space (U+00A0)"
  bool blank = false;     // takes up room: a space was meant; else nothing was
};

/// All of them, in order.
std::vector<InvisibleCharacter> invisible_characters(std::string_view text);

}  // namespace postlint::text
