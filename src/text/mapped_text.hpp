#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::text {

/// From offset `at` on, the text equals the bytes of `file` from `source` on (no_file: the bytes
/// stand in no file), up to the next seam.
struct Seam {
  std::uint32_t at = 0;
  FileId file = no_file;
  std::uint32_t source = 0;
};

/// A view of text that knows where each of its bytes stands: a logical line, a value, an item.
class MappedView {
 public:
  MappedView() = default;
  /// Text that stands in one piece at `source` of `file`.
  MappedView(std::string_view text, FileId file, std::uint32_t source)
      : text_(text), only_{0, file, source} {}
  /// Text of several pieces; the seams outlive the view. `base`: offset of text in the coordinates
  /// of the seams.
  MappedView(std::string_view text, const Seam* seams, std::size_t seam_count,
             std::uint32_t base = 0)
      : text_(text), seams_(seams), seam_count_(seam_count), base_(base) {}

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::string_view text(Range range) const {
    return text_.substr(range.lo, range.size());
  }
  [[nodiscard]] MappedView sub(Range range) const;

  /// The bytes in the file that `range` stands for. Where the range joins several pieces of one
  /// file, the span reaches from the first byte to the last, over the comments between them. Where
  /// it joins pieces of different files (an expanded $name), it is the part in the first file.
  [[nodiscard]] Span span(Range range) const;
  [[nodiscard]] Span span() const { return span({0, static_cast<std::uint32_t>(text_.size())}); }
  /// The same for text whose pieces stand in one file one after the other, as those of a logical
  /// line do: without a look at the pieces in between.
  [[nodiscard]] Span outer_span(Range range) const;

 private:
  friend class MappedText;
  /// The seams in force, in the coordinates that base_ refers to.
  [[nodiscard]] const Seam* first_seam() const { return seams_ != nullptr ? seams_ : &only_; }
  [[nodiscard]] std::size_t count() const { return seams_ != nullptr ? seam_count_ : 1; }
  [[nodiscard]] std::size_t seam_at(std::uint32_t offset) const;

  std::string_view text_;
  Seam only_;
  const Seam* seams_ = nullptr;
  std::size_t seam_count_ = 0;
  std::uint32_t base_ = 0;
};

inline MappedView in_no_file(std::string_view text) { return {text, no_file, 0}; }

/// Text assembled from pieces of files and of compiled defaults (a value after $ expansion).
class MappedText {
 public:
  /// Appends bytes that stand in no file.
  void append(std::string_view bytes);
  /// Appends bytes together with their places.
  void append(const MappedView& piece);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] MappedView view() const {
    if (seams_.empty()) return {text_, only_.file, only_.source};
    return {text_, seams_.data(), seams_.size()};
  }

 private:
  void push_seam(Seam seam);

  std::string text_;
  Seam only_;                // of text in one piece, as most is
  std::vector<Seam> seams_;  // of several pieces, all of them
};

}  // namespace postlint::text
