#pragma once

#include <string_view>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/value_kind.hpp"

namespace postlint::engine {

/// Text of a value that was not meant for the parameter.
struct StrayText {
  enum class Kind : std::uint8_t {
    comment,     // from a '#' behind other text to the end of its line
    assignment,  // an indented `name = value`, to the end of the logical line
    separator    // ';', '|' or a '\' at the end of a line, between two words of a list
  };
  Kind kind = Kind::comment;
  text::Range range;      // in the value
  std::string_view name;  // of an assignment
};

/// A value with what layout and habits of other file formats brought into it.
struct ValueLayout {
  std::vector<StrayText> stray;  // in order, apart from each other
  /// Quotes around all of the value, or around words of a list.
  std::vector<text::Range> quoted;
  /// The value without all that; empty where nothing is wrong.
  text::MappedText meant;

  [[nodiscard]] bool tidy() const { return stray.empty() && quoted.empty(); }
  [[nodiscard]] const StrayText* first(StrayText::Kind kind) const;
};

/// Of an assignment out of settings_in_force(). Found once a run.
const ValueLayout& value_layout(const Assignment& assignment, Sink& sink);

/// The value without what layout brought into it.
text::MappedView meant_value(const Assignment& assignment, Sink& sink);

/// The parts of a value that stand on one physical line each.
std::vector<text::Range> physical_lines(const text::MappedView& value,
                                        const text::SourceStore& sources);

/// As value_kind(), and also for restriction classes.
ValueKind kind_of(std::string_view parameter, Sink& sink);
ValueKind kind_of(const Assignment& assignment, Sink& sink);

/// A change of such a value changes who may send mail: its fix is not safe.
bool decides_access(ValueKind kind);

}  // namespace postlint::engine
