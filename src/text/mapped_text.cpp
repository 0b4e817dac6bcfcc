#include "src/text/mapped_text.hpp"

#include <algorithm>

namespace postlint::text {

MappedView MappedView::sub(Range range) const {
  MappedView view = *this;
  view.text_ = text_.substr(range.lo, range.size());
  view.base_ = base_ + range.lo;
  return view;
}

std::size_t MappedView::seam_at(std::uint32_t offset) const {
  const Seam* first = first_seam();
  const Seam* last = first + count();
  const Seam* after = std::upper_bound(
      first, last, offset, [](std::uint32_t at, const Seam& seam) { return at < seam.at; });
  return after == first ? 0 : static_cast<std::size_t>(after - first) - 1;
}

Span MappedView::span(Range range) const {
  const std::uint32_t lo = base_ + range.lo;
  const std::uint32_t hi = base_ + range.hi;
  if (text_.data() == nullptr) return {};
  std::size_t index = seam_at(lo);
  const Seam* seams = first_seam();
  const FileId file = seams[index].file;
  if (file == no_file) return {};
  Span span{file, seams[index].source + (lo - seams[index].at), 0};
  span.hi = span.lo;
  for (; index < count() && seams[index].at < hi; ++index) {
    if (seams[index].file != file) break;
    const std::uint32_t from = std::max(lo, seams[index].at);
    const std::uint32_t piece_end = index + 1 < count() ? std::min(hi, seams[index + 1].at) : hi;
    const std::uint32_t end = seams[index].source + (piece_end - seams[index].at);
    if (seams[index].source + (from - seams[index].at) < span.lo) break;
    span.hi = std::max(span.hi, end);
  }
  return span;
}

Span MappedView::outer_span(Range range) const {
  Span whole = span({range.lo, std::min(range.lo + 1, range.hi)});
  if (range.size() > 1) whole.hi = span({range.hi - 1, range.hi}).hi;
  return whole;
}

void MappedText::push_seam(Seam seam) {
  if (seam.at == 0) {
    only_ = seam;
    return;
  }
  const Seam& last = seams_.empty() ? only_ : seams_.back();
  const bool continues = last.file == seam.file &&
                         (last.file == no_file || last.source + (seam.at - last.at) == seam.source);
  if (continues) return;
  if (seams_.empty()) seams_.push_back(only_);
  seams_.push_back(seam);
}

void MappedText::append(std::string_view bytes) {
  if (bytes.empty()) return;
  push_seam({static_cast<std::uint32_t>(text_.size()), no_file, 0});
  text_ += bytes;
}

void MappedText::append(const MappedView& piece) {
  if (piece.text_.empty()) return;
  const auto start = static_cast<std::uint32_t>(text_.size());
  const std::uint32_t lo = piece.base_;
  const auto hi = static_cast<std::uint32_t>(lo + piece.text_.size());
  const Seam* seams = piece.first_seam();
  for (std::size_t i = piece.seam_at(lo); i < piece.count() && seams[i].at < hi; ++i) {
    const std::uint32_t from = std::max(lo, seams[i].at);
    push_seam({start + (from - lo), seams[i].file,
               seams[i].file == no_file ? 0 : seams[i].source + (from - seams[i].at)});
  }
  text_ += piece.text_;
}

}  // namespace postlint::text
