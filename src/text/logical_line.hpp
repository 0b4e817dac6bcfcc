#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/ascii.hpp"
#include "src/text/mapped_text.hpp"
#include "src/text/source.hpp"

namespace postlint::text {

/// One logical line: physical lines joined as readlline(3) of Postfix does (comments and blank
/// lines between them dropped, line feeds deleted, leading white space of continuations kept).
struct LogicalLine {
  std::string_view text;        // a view of the file, or of the arena where lines were joined
  const Seam* seams = nullptr;  // null: the line is one piece of the file
  std::uint32_t seam_count = 0;
  FileId file = no_file;
  std::uint32_t offset = 0;  // of the first kept byte in the file
  std::uint32_t line = 1;    // 1-based number of the first kept physical line

  /// The file starts with a continuation line: Postfix warns and drops this logical line.
  [[nodiscard]] bool starts_with_space() const { return is_space(text.front()); }
  [[nodiscard]] MappedView view() const {
    return seams != nullptr ? MappedView(text, seams, seam_count) : MappedView(text, file, offset);
  }
};

/// Holds the text and seams of joined lines; the lines view into it. Large blocks, so that a file
/// of nothing but continuation lines costs little more than its size.
class LineArena {
 public:
  std::string_view keep(std::string_view text);
  const Seam* keep(const std::vector<Seam>& seams);

 private:
  std::deque<std::vector<char>> text_blocks_;
  std::deque<std::vector<Seam>> seam_blocks_;
};

/// Reads the logical lines of a file one after the other.
class LogicalLineReader {
 public:
  LogicalLineReader(const SourceFile& file, FileId id, LineArena& arena);
  /// False at the end of the file.
  bool next(LogicalLine& line);

 private:
  void join(const char* physical, const char* line_end, const char* first, const char* first_end);

  const char* begin_;
  const char* end_;
  const char* at_;
  std::uint32_t line_ = 1;
  FileId id_;
  LineArena& arena_;
  std::string joined_;  // of the line at hand
  std::vector<Seam> seams_;
};

}  // namespace postlint::text
