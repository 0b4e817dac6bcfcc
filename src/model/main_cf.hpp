#pragma once

#include <cstdint>
#include <deque>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "src/text/logical_line.hpp"

namespace postlint::model {

/// One `name = value` of main.cf, in forty bytes: files of a hundred megabytes are read too.
class MainEntry {
 public:
  /// The name starts the line; both ranges are in its text, the value trimmed.
  MainEntry(const text::LogicalLine& line, text::Range name, text::Range value);

  [[nodiscard]] std::uint32_t line_number() const { return line_number_; }
  [[nodiscard]] std::string_view name() const { return {text_, name_size_}; }
  [[nodiscard]] text::MappedView name_view() const { return line().sub({0, name_size_}); }
  [[nodiscard]] text::MappedView line() const;
  [[nodiscard]] text::MappedView value() const { return line().sub(value_); }
  [[nodiscard]] text::Span name_span() const { return line().outer_span({0, name_size_}); }
  [[nodiscard]] text::Span value_span() const { return line().outer_span(value_); }
  /// From the name to the end of the value.
  [[nodiscard]] text::Span assignment_span() const { return line().outer_span({0, value_.hi}); }
  [[nodiscard]] text::Span span() const { return line().outer_span({0, size_}); }

 private:
  struct Place {
    text::FileId file;
    std::uint32_t offset;
  };
  const char* text_;
  union {
    const text::Seam* seams_;  // where there are any
    Place place_;
  };
  std::uint32_t size_;
  std::uint32_t seam_count_;
  std::uint32_t line_number_;
  std::uint32_t name_size_;
  text::Range value_;
};
static_assert(sizeof(MainEntry) == 40 || sizeof(void*) != 8);

/// A logical line of main.cf that Postfix does not take as an entry.
struct MainProblem {
  enum class Kind : std::uint8_t {
    missing_equals,       // fatal for every program
    missing_name,         // fatal since 3.7
    leading_white_space,  // the line is dropped with a warning
    null_byte             // text after it is ignored
  };
  Kind kind = Kind::missing_equals;
  text::MappedView line;
  std::uint32_t line_number = 0;
  text::Span span;  // what to point at
};

/// main.cf as parsed: every entry in file order, and the lines that are none.
struct MainCf {
  MainCf() = default;
  MainCf(MainCf&&) = default;
  MainCf& operator=(MainCf&&) = delete;  // the containers stay with their arena

  text::LineArena arena;
  text::FileId file = text::no_file;
  std::pmr::deque<MainEntry> entries{arena.memory()};
  std::vector<MainProblem> problems;

  /// The entry in force (the last one) for a name, or null.
  [[nodiscard]] const MainEntry* find(std::string_view name) const;

  /// Open hash table of the last entry of each name; a power of two long. The hash is kept, so
  /// that only a hit looks at the entry.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = 0;  // index + 1; 0: free
  };
  std::pmr::vector<Slot> last{arena.memory()};
};

MainCf parse_main_cf(const text::SourceStore& sources, text::FileId file);

}  // namespace postlint::model
