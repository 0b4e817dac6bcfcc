#pragma once

#include <string_view>
#include <utility>

#include "grammar/ast.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::grammar {

/// Why a line of a text table gives no entry.
enum class TextProblem : std::uint8_t {
  none,
  leading_white_space,  // the file starts with a continuation line, which is dropped
  unbalanced_quote,     // unbalanced '"' -- ignoring this line
  missing_value         // expected format: key whitespace value
};

/// One line of the source of an indexed table, or of a texthash: table.
struct TextEntry {
  Range key;  // with its quotes, which belong to the key
  Range value;
  TextProblem problem = TextProblem::none;
  /// The key ends with ':': an alias file is read as something else.
  bool key_with_colon = false;
};

/// `line`: one logical line. Text after a null byte does not count.
TextEntry parse_text_entry(std::string_view line);

/// Calls visit(const text::LogicalLine&, const TextEntry&) for each logical line of the source,
/// without keeping anything. Ranges count in the text of the line, which lives as long as the file
/// and the arena.
template <class Visit>
void for_each_text_entry(const text::SourceFile& file, text::FileId id, text::LineArena& arena,
                         Visit&& visit) {
  text::LogicalLineReader reader(file, id, arena);
  text::LogicalLine line;
  while (reader.next(line)) {
    TextEntry entry;
    if (line.starts_with_space()) {
      entry.problem = TextProblem::leading_white_space;
    } else {
      entry = parse_text_entry(line.text);
    }
    visit(std::as_const(line), std::as_const(entry));
  }
}

}  // namespace postlint::grammar
