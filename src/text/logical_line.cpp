#include "src/text/logical_line.hpp"

#include <algorithm>
#include <cstring>

namespace postlint::text {

namespace {

std::size_t distance(const char* from, const char* to) {
  return static_cast<std::size_t>(to - from);
}

const char* find_line_end(const char* at, const char* end) {
  const auto* found = static_cast<const char*>(std::memchr(at, '\n', distance(at, end)));
  return found != nullptr ? found : end;
}

/// A line that is only white space, or whose first other byte is '#', holds no text.
bool holds_text(const char* at, const char* line_end) {
  while (at != line_end && is_space(*at)) ++at;
  return at != line_end && *at != '#';
}

const char* after(const char* line_end, const char* end) {
  return line_end == end ? end : line_end + 1;
}

/// Visits the physical lines of `at` that belong to a logical line begun before, each with its end,
/// and returns where they stop. Only text in the first column ends a logical line: comments and
/// blank lines do not.
template <class Visit>
const char* for_each_continuation(const char* at, const char* end, const Visit& visit) {
  while (at != end && (*at == '#' || is_space(*at))) {
    const char* const line_end = find_line_end(at, end);
    visit(at, line_end);
    at = after(line_end, end);
  }
  return at;
}

}  // namespace

LogicalLineReader::LogicalLineReader(const SourceFile& file, FileId id, LineArena& arena)
    : begin_(file.bytes().data()),
      end_(begin_ + file.bytes().size()),
      at_(begin_),
      id_(id),
      arena_(arena) {}

/// Makes one text of the line's first piece and of those from `rest` on.
void LogicalLineReader::join(LogicalLine& line, const char* rest, std::size_t bytes) {
  char* const text = arena_.make<char>(bytes);
  Seam* const seams = arena_.make<Seam>(line.seam_count);
  char* to = text;
  Seam* seam = seams;
  const auto add = [&](const char* from, const char* line_end) {
    *seam++ = {static_cast<std::uint32_t>(to - text), id_,
               static_cast<std::uint32_t>(from - begin_)};
    to = std::copy(from, line_end, to);
  };
  add(line.text.data(), line.text.data() + line.text.size());
  for_each_continuation(rest, at_, [&](const char* from, const char* line_end) {
    if (holds_text(from, line_end)) add(from, line_end);
  });
  line.text = {text, bytes};
  line.seams = seams;
}

bool LogicalLineReader::next(LogicalLine& line) {
  const char* first = nullptr;
  const char* first_end = nullptr;
  do {
    if (at_ == end_) return false;
    first = at_;
    first_end = find_line_end(at_, end_);
    at_ = after(first_end, end_);
    line.line = line_++;
  } while (!holds_text(first, first_end));

  line.text = {first, distance(first, first_end)};
  line.seams = nullptr;
  line.file = id_;
  line.offset = static_cast<std::uint32_t>(first - begin_);
  std::uint32_t pieces = 1;
  std::size_t bytes = line.text.size();
  const char* const rest = at_;
  at_ = for_each_continuation(rest, end_, [&](const char* from, const char* line_end) {
    ++line_;
    if (!holds_text(from, line_end)) return;
    ++pieces;
    bytes += distance(from, line_end);
  });
  line.seam_count = pieces == 1 ? 0 : pieces;
  if (pieces > 1) join(line, rest, bytes);
  return true;
}

}  // namespace postlint::text
