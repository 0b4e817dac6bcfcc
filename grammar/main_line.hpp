#pragma once

#include <string_view>

#include "src/text/span.hpp"

namespace postlint::grammar {

/// A logical line of main.cf, or the text of a master.cf -o option: split_nameval(3).
struct MainLine {
  enum class Kind : unsigned char { assignment, missing_name, missing_equals };
  Kind kind = Kind::assignment;
  text::Range name;
  text::Range value;  // trimmed at both ends
};

/// Text up to its first NUL byte is read: Postfix keeps lines as C strings.
MainLine parse_main_line(std::string_view line);

}  // namespace postlint::grammar
