#include "src/text/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "src/text/memory.hpp"
#include "src/text/utf8.hpp"

namespace postlint::text {

SourceFile::SourceFile(std::string path, std::string bytes)
    : path_(std::move(path)), bytes_(std::move(bytes)) {}

const std::vector<std::uint32_t>& SourceFile::line_starts() const {
  if (!line_starts_.empty()) return line_starts_;
  line_starts_.push_back(0);
  const char* const begin = bytes_.data();
  const char* const end = begin + bytes_.size();
  for (const char* at = begin; (at = static_cast<const char*>(
                                    std::memchr(at, '\n', static_cast<std::size_t>(end - at))));) {
    ++at;
    if (at == end) break;
    line_starts_.push_back(static_cast<std::uint32_t>(at - begin));
  }
  return line_starts_;
}

SourceFile::Mark SourceFile::mark_before(std::uint32_t line_start, std::size_t offset) const {
  constexpr std::size_t step = 4096;
  if (offset - line_start < step) return {line_start, 1};
  if (marks_.empty() || marks_.front().offset != line_start) marks_.assign(1, {line_start, 1});
  Mark mark = marks_.back();
  for (std::size_t at = mark.offset; at < offset; ++mark.column) {
    if (at - marks_.back().offset >= step) {
      mark.offset = static_cast<std::uint32_t>(at);
      marks_.push_back(mark);
    }
    at += code_point_length(bytes_, at);
  }
  const auto behind =
      std::upper_bound(marks_.begin(), marks_.end(), offset,
                       [](std::size_t wanted, const Mark& each) { return wanted < each.offset; });
  return behind[-1];
}

LineColumn SourceFile::line_column(std::uint32_t offset) const {
  const auto& starts = line_starts();
  const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  const auto line = static_cast<std::uint32_t>(after - starts.begin());
  const std::size_t stop = std::min<std::size_t>(offset, bytes_.size());
  Mark mark = mark_before(starts[line - 1], stop);
  while (mark.offset < stop) {
    mark.offset += static_cast<std::uint32_t>(code_point_length(bytes_, mark.offset));
    ++mark.column;
  }
  return {line, mark.column};
}

std::uint32_t SourceFile::line_count() const {
  return static_cast<std::uint32_t>(line_starts().size());
}

Range SourceFile::line_range(std::uint32_t line) const {
  const auto& starts = line_starts();
  const std::uint32_t lo = starts[line - 1];
  auto hi = line < starts.size() ? starts[line] : static_cast<std::uint32_t>(bytes_.size());
  if (hi > lo && bytes_[hi - 1] == '\n') --hi;
  return {lo, hi};
}

FileId SourceStore::add(std::string path, std::string bytes) {
  files_.emplace_back(std::move(path), std::move(bytes));
  return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error system_error(const std::string& path) { return {path + ": " + std::strerror(errno)}; }

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return system_error(path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error(path);
  if (S_ISDIR(status.st_mode)) return Error{path + ": is a directory"};
  if (!S_ISREG(status.st_mode)) return Error{path + ": is not a regular file"};
  if (status.st_size >= std::numeric_limits<std::uint32_t>::max()) {
    return Error{path + ": files of 4 GiB and more are not analysed"};
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size));
  expect_large(bytes.data(), bytes.capacity());
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace postlint::text
