#include "src/text/logical_line.hpp"

#include <cstring>

namespace postlint::text {

const Seam* LineArena::keep(std::vector<Seam> seams) {
  return seams_.emplace_back(std::move(seams)).data();
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

bool LogicalLineReader::next(LogicalLine& line) {
  line.seams = nullptr;
  line.seam_count = 0;
  const char* first = nullptr;
  const char* first_end = nullptr;
  std::string* joined = nullptr;
  std::vector<Seam> seams;
  while (at_ != end_) {
    const char* const line_end = find_line_end(at_, end_);
    const char* const physical = at_;
    const std::uint32_t number = line_;
    at_ = line_end == end_ ? end_ : line_end + 1;
    ++line_;
    if (!holds_text(physical, line_end)) {
      if (first == nullptr) continue;
    } else if (first == nullptr) {
      first = physical;
      first_end = line_end;
      line.line = number;
    } else {
      if (joined == nullptr) {
        joined = &arena_.new_text();
        joined->assign(first, first_end);
        seams.push_back({0, id_, static_cast<std::uint32_t>(first - begin_)});
      }
      seams.push_back({static_cast<std::uint32_t>(joined->size()), id_,
                       static_cast<std::uint32_t>(physical - begin_)});
      joined->append(physical, line_end);
    }
    // Only text in the first column ends a logical line: comments and blank lines do not.
    if (at_ != end_ && *at_ != '#' && !is_space(*at_)) break;
  }
  if (first == nullptr) return false;
  line.file = id_;
  line.offset = static_cast<std::uint32_t>(first - begin_);
  line.starts_with_space = is_space(*first);
  if (joined == nullptr) {
    line.text = {first, static_cast<std::size_t>(first_end - first)};
  } else {
    line.text = *joined;
    line.seam_count = static_cast<std::uint32_t>(seams.size());
    line.seams = arena_.keep(std::move(seams));
  }
  return true;
}

}  // namespace postlint::text
