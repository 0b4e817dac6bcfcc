#pragma once

#include <string_view>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::grammar {

/// The words of a master.cf entry as master(8) cuts them: eight fields at plain white space, then
/// arguments in which {...} protects white space.
struct MasterLine {
  std::vector<text::Range> fields;  // at most 8
  std::vector<text::Range> arguments;
};

/// Text up to its first NUL byte is read.
MasterLine parse_master_line(std::string_view line);

}  // namespace postlint::grammar
