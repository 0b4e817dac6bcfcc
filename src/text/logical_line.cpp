#include "src/text/logical_line.hpp"

#include <algorithm>
#include <cstring>

namespace postlint::text {

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18U;

/// Room for `count` more in the last block, or in a new one. Blocks never move their content.
template <class T>
std::vector<T>& block_for(std::deque<std::vector<T>>& blocks, std::size_t count) {
  if (blocks.empty() || blocks.back().capacity() - blocks.back().size() < count) {
    blocks.emplace_back().reserve(std::max(count, block_bytes / sizeof(T)));
  }
  return blocks.back();
}

template <class T>
const T* append(std::deque<std::vector<T>>& blocks, const T* items, std::size_t count) {
  std::vector<T>& block = block_for(blocks, count);
  block.insert(block.end(), items, items + count);
  return block.data() + block.size() - count;
}

}  // namespace

std::string_view LineArena::keep(std::string_view text) {
  return {append(text_blocks_, text.data(), text.size()), text.size()};
}

const Seam* LineArena::keep(const std::vector<Seam>& seams) {
  return append(seam_blocks_, seams.data(), seams.size());
}

LogicalLineReader::LogicalLineReader(const SourceFile& file, FileId id, LineArena& arena)
    : begin_(file.bytes().data()),
      end_(begin_ + file.bytes().size()),
      at_(begin_),
      id_(id),
      arena_(arena) {}

namespace {

const char* find_line_end(const char* at, const char* end) {
  const auto* found =
      static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
  return found != nullptr ? found : end;
}

/// A line that is only white space, or whose first other byte is '#', holds no text.
bool holds_text(const char* at, const char* line_end) {
  while (at != line_end && is_space(*at)) ++at;
  return at != line_end && *at != '#';
}

}  // namespace

/// Adds a further physical line to the line at hand.
void LogicalLineReader::join(const char* physical, const char* line_end, const char* first,
                             const char* first_end) {
  if (seams_.empty()) {
    joined_.assign(first, first_end);
    seams_.push_back({0, id_, static_cast<std::uint32_t>(first - begin_)});
  }
  seams_.push_back({static_cast<std::uint32_t>(joined_.size()), id_,
                    static_cast<std::uint32_t>(physical - begin_)});
  joined_.append(physical, line_end);
}

bool LogicalLineReader::next(LogicalLine& line) {
  const char* first = nullptr;
  const char* first_end = nullptr;
  seams_.clear();
  while (at_ != end_) {
    const char* const physical = at_;
    const char* const line_end = find_line_end(at_, end_);
    at_ = line_end == end_ ? end_ : line_end + 1;
    const std::uint32_t number = line_++;
    if (!holds_text(physical, line_end)) {
      if (first == nullptr) continue;
    } else if (first == nullptr) {
      first = physical;
      first_end = line_end;
      line.line = number;
    } else {
      join(physical, line_end, first, first_end);
    }
    // Only text in the first column ends a logical line: comments and blank lines do not.
    if (at_ != end_ && *at_ != '#' && !is_space(*at_)) break;
  }
  if (first == nullptr) return false;
  line.file = id_;
  line.offset = static_cast<std::uint32_t>(first - begin_);
  const bool one_piece = seams_.empty();
  line.text = one_piece ? std::string_view(first, static_cast<std::size_t>(first_end - first))
                        : arena_.keep(joined_);
  line.seams = one_piece ? nullptr : arena_.keep(seams_);
  line.seam_count = static_cast<std::uint32_t>(seams_.size());
  return true;
}

}  // namespace postlint::text
