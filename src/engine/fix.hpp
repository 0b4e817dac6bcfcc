#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::engine {

/// `safe` never changes an access decision. `unsafe` does, or needs a choice: its title says who
/// gains or loses. `display` is advice that cannot be applied by a program.
enum class Applicability : std::uint8_t { safe, unsafe, display };

/// Replaces the bytes of `span` (empty: an insertion).
struct Edit {
  text::Span span;
  std::string replacement;
};

/// One way to mend a finding: byte-exact edits, and the equivalent postconf(1) commands.
///
///   Fix::safe("move the exclusion to the front").remove(late).insert(first, "!10.9.9.9 ")
///
/// Edits that overlap cannot be built (defect()). An edit of text that stands in no file (a
/// compiled default) turns the whole fix into advice.
class Fix {
 public:
  static Fix safe(std::string title) { return {Applicability::safe, std::move(title)}; }
  static Fix unsafe(std::string title) { return {Applicability::unsafe, std::move(title)}; }
  static Fix display(std::string title) { return {Applicability::display, std::move(title)}; }

  Fix& replace(text::Span span, std::string replacement) &;
  Fix& remove(text::Span span) & { return replace(span, {}); }
  /// Inserts before the first byte of `at`, or after its last.
  Fix& insert_before(text::Span at, std::string text) &;
  Fix& insert_after(text::Span at, std::string text) &;
  /// The same change as a shell command: postconf -e 'name = value'.
  Fix& command(std::string line) &;

  // Of a fix that is made in one expression.
  Fix&& replace(text::Span span, std::string replacement) && {
    return std::move(replace(span, std::move(replacement)));
  }
  Fix&& remove(text::Span span) && { return std::move(remove(span)); }
  Fix&& insert_before(text::Span at, std::string text) && {
    return std::move(insert_before(at, std::move(text)));
  }
  Fix&& insert_after(text::Span at, std::string text) && {
    return std::move(insert_after(at, std::move(text)));
  }
  Fix&& command(std::string line) && { return std::move(command(std::move(line))); }

  /// Not safe any more.
  void doubt();

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] Applicability applicability() const { return applicability_; }
  /// Sorted by place.
  [[nodiscard]] const std::vector<Edit>& edits() const { return edits_; }
  [[nodiscard]] const std::vector<std::string>& commands() const { return commands_; }

 private:
  Fix(Applicability applicability, std::string title)
      : applicability_(applicability), title_(std::move(title)) {}

  Applicability applicability_;
  bool outside_files_ = false;
  std::string title_;
  std::vector<Edit> edits_;
  std::vector<std::string> commands_;
};

/// `text` as one word of a POSIX shell command: 'it'\''s'.
std::string shell_quoted(std::string_view text);

}  // namespace postlint::engine
