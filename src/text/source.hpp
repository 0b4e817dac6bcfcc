#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/result.hpp"
#include "src/text/span.hpp"

namespace postlint::text {

/// 1-based; columns count Unicode code points (a byte that is not valid UTF-8 counts as one).
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// One input file: its bytes as read, and the name under which it is shown.
class SourceFile {
 public:
  SourceFile(std::string path, std::string bytes);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] LineColumn line_column(std::uint32_t offset) const;
  [[nodiscard]] std::uint32_t line_count() const;
  /// The bytes of a 1-based physical line without its line feed.
  [[nodiscard]] Range line_range(std::uint32_t line) const;

 private:
  /// Offsets of line starts, made at the first use: most files of a clean run never need them.
  const std::vector<std::uint32_t>& line_starts() const;

  /// Where in the line to start counting columns: a place not far before the offset.
  struct Mark {
    std::uint32_t offset = 0;
    std::uint32_t column = 1;
  };
  [[nodiscard]] Mark mark_before(std::uint32_t line_start, std::size_t offset) const;

  std::string path_;
  std::string bytes_;
  mutable std::vector<std::uint32_t> line_starts_;
  mutable std::vector<Mark> marks_;  // of the last long line that was asked for
};

/// Owns all source text of a run. References and views stay valid as long as the store lives.
class SourceStore {
 public:
  SourceStore() = default;
  SourceStore(SourceStore&&) = default;
  SourceStore& operator=(SourceStore&&) = default;

  FileId add(std::string path, std::string bytes);
  [[nodiscard]] const SourceFile& operator[](FileId id) const {
    return files_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] std::size_t size() const { return files_.size(); }
  [[nodiscard]] std::string_view text(Span span) const {
    return (*this)[span.file].bytes().substr(span.lo, span.size());
  }

 private:
  std::deque<SourceFile> files_;
};

/// The bytes of a file. The error names the file and the reason; files of 4 GiB and more, and
/// anything that is not a regular file, are refused.
Result<std::string> read_file(const std::string& path);

}  // namespace postlint::text
