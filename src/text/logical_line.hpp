#pragma once

#include <memory>
#include <memory_resource>
#include <string_view>

#include "src/text/ascii.hpp"
#include "src/text/mapped_text.hpp"
#include "src/text/memory.hpp"
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

/// Holds the text and seams of joined lines; the lines view into it. Grows in ever larger blocks
/// and gives nothing back, so that a file of nothing but continuation lines costs little more than
/// its size.
class LineArena {
 public:
  template <class T>
  T* make(std::size_t count) {
    return std::pmr::polymorphic_allocator<>(memory()).allocate_object<T>(count);
  }
  /// Lives as long as the arena, wherever that is moved.
  [[nodiscard]] std::pmr::memory_resource* memory() { return blocks_.get(); }

 private:
  static constexpr std::size_t first_block = std::size_t{1} << 14U;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> blocks_ =
      std::make_unique<std::pmr::monotonic_buffer_resource>(first_block, block_memory());
};

/// Reads the logical lines of a file one after the other.
class LogicalLineReader {
 public:
  LogicalLineReader(const SourceFile& file, FileId id, LineArena& arena);
  /// False at the end of the file.
  bool next(LogicalLine& line);

 private:
  void join(LogicalLine& line, const char* rest, std::size_t bytes);

  const char* begin_;
  const char* end_;
  const char* at_;
  std::uint32_t line_ = 1;
  FileId id_;
  LineArena& arena_;
};

}  // namespace postlint::text
