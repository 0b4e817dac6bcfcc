#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/mapped_text.hpp"
#include "src/text/source.hpp"

namespace postlint::text {

/// White space as isspace(3) sees it in the C locale. Bytes above 0x7f never count.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// One logical line: physical lines joined as readlline(3) of Postfix does (comments and blank
/// lines between them dropped, line feeds deleted, leading white space of continuations kept).
struct LogicalLine {
  std::string_view text;     // a view of the file, or of the arena where lines were joined
  std::uint32_t offset = 0;  // of the first kept byte in the file
  std::uint32_t line = 1;    // 1-based number of the first kept physical line
  FileId file = no_file;
  const Seam* seams = nullptr;  // null: the line is one piece of the file
  std::uint32_t seam_count = 0;
  /// The file starts with a continuation line: Postfix warns and drops this logical line.
  bool starts_with_space = false;

  [[nodiscard]] MappedView view() const {
    return seams != nullptr ? MappedView(text, seams, seam_count) : MappedView(text, file, offset);
  }
};

/// Holds the text and seams of joined lines; the lines view into it.
class LineArena {
 public:
  std::string& new_text() { return texts_.emplace_back(); }
  const Seam* keep(std::vector<Seam> seams);

 private:
  std::deque<std::string> texts_;
  std::deque<std::vector<Seam>> seams_;
};

/// Reads the logical lines of a file one after the other.
class LogicalLineReader {
 public:
  LogicalLineReader(const SourceFile& file, FileId id, LineArena& arena);
  /// False at the end of the file.
  bool next(LogicalLine& line);

 private:
  const char* begin_;
  const char* end_;
  const char* at_;
  std::uint32_t line_ = 1;
  FileId id_;
  LineArena& arena_;
};

}  // namespace postlint::text
