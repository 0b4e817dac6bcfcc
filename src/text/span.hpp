#pragma once

#include <compare>
#include <cstdint>

namespace postlint::text {

/// Index of a file in its SourceStore.
enum class FileId : std::uint32_t {};

/// Stands for "no file": text that comes from a compiled default.
inline constexpr FileId no_file{0xffffffff};

/// Half-open range of bytes in one source file.
struct Span {
  FileId file = no_file;
  std::uint32_t lo = 0;
  std::uint32_t hi = 0;

  [[nodiscard]] bool in_file() const { return file != no_file; }
  [[nodiscard]] std::uint32_t size() const { return hi - lo; }
  friend auto operator<=>(const Span&, const Span&) = default;
};

/// Half-open range of offsets in a text that a grammar was given (not in a file).
struct Range {
  std::uint32_t lo = 0;
  std::uint32_t hi = 0;

  [[nodiscard]] bool empty() const { return lo == hi; }
  [[nodiscard]] std::uint32_t size() const { return hi - lo; }
  friend auto operator<=>(const Range&, const Range&) = default;
};

}  // namespace postlint::text
