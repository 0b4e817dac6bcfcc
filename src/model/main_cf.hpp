#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/text/logical_line.hpp"

namespace postlint::model {

/// One `name = value` of main.cf. Small: files of a hundred megabytes are read too.
struct MainEntry {
  text::LogicalLine logical;
  text::Range name_range;   // in the logical line
  text::Range value_range;  // in the logical line, trimmed

  [[nodiscard]] text::MappedView line() const { return logical.view(); }
  [[nodiscard]] std::uint32_t line_number() const { return logical.line; }
  [[nodiscard]] std::string_view name() const {
    return logical.text.substr(name_range.lo, name_range.size());
  }
  [[nodiscard]] text::MappedView value() const { return line().sub(value_range); }
  [[nodiscard]] text::Span name_span() const { return line().span(name_range); }
  [[nodiscard]] text::Span value_span() const { return line().span(value_range); }
  [[nodiscard]] text::Span span() const { return line().span(); }
};

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
  text::FileId file = text::no_file;
  std::deque<MainEntry> entries;
  std::vector<MainProblem> problems;
  text::LineArena arena;

  /// The entry in force (the last one) for a name, or null.
  [[nodiscard]] const MainEntry* find(std::string_view name) const;

  /// Open hash table of the last entry of each name; a power of two long. The hash is kept, so
  /// that only a hit looks at the entry.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = 0;  // index + 1; 0: free
  };
  std::vector<Slot> last;
};

MainCf parse_main_cf(const text::SourceStore& sources, text::FileId file);

}  // namespace postlint::model
