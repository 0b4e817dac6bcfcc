#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postlint::report {

/// One character as a terminal shows it.
struct DisplayCell {
  std::uint32_t offset = 0;  // of its first byte in the line
  std::uint32_t length = 1;  // bytes in the line
  std::uint32_t column = 0;  // 0-based column on the screen
  std::uint32_t width = 1;   // columns on the screen: 0 combining, 2 wide, more for a tab
};

/// A physical line made fit for a terminal: tabs expanded to stops of eight, control characters,
/// bidirectional controls and bytes that are no UTF-8 shown as U+FFFD.
struct DisplayLine {
  std::string text;
  std::vector<DisplayCell> cells;
  std::vector<std::uint32_t> text_offsets;  // where each cell's bytes start in `text`
  std::uint32_t width = 0;

  /// Screen column of the character that holds a byte; the width for the end of the line.
  [[nodiscard]] std::uint32_t column_of(std::uint32_t offset) const;
};

DisplayLine display_line(std::string_view bytes);

/// `text` on one line: as display_line(), but tabs and line feeds become spaces.
std::string one_line(std::string_view text);

/// `text` filled up with spaces to `width` bytes.
std::string padded(std::string_view text, std::size_t width);

/// `text` with each byte that is no part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace postlint::report
