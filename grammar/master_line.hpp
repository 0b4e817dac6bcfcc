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

/// The words of a text that {...} groups: mystrtokq(3) with blanks as separators.
std::vector<text::Range> split_braced_blanks(std::string_view text);
/// The same with comma as a further separator.
std::vector<text::Range> split_braced_list(std::string_view text);
/// Words at comma and blanks, braces being ordinary bytes: mystrtok(3).
std::vector<text::Range> split_plain_list(std::string_view text);

/// {text} as extpar(3) unwraps it.
struct Unwrapped {
  enum class Error : unsigned char { none, missing_closer, text_after_closer };
  Error error = Error::none;
  text::Range payload;  // in the given text; with `strip`, white space at both ends is dropped
};
Unwrapped unwrap_braces(std::string_view text, bool strip);

}  // namespace postlint::grammar
