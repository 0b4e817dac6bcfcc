#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/text/span.hpp"

/// Nodes that several grammars share. A grammar is a plain function from a text to a tree; every
/// text::Range in a tree is an offset range into the text that the function was given, and the
/// tree owns no text. A piece that Postfix would refuse is a node with a problem and a range; what
/// stands before and after it is read all the same.
namespace postlint::grammar {

using text::Range;

/// The bytes of a range.
inline std::string_view slice(std::string_view text, Range range) {
  return text.substr(range.lo, range.size());
}
/// A range of a piece as a range of the text in which the piece starts at `by`.
constexpr Range moved(Range range, std::uint32_t by) { return {range.lo + by, range.hi + by}; }

/// What is wrong with a text in braces (extpar(3)).
enum class BraceProblem : std::uint8_t {
  none,
  no_opening,     // does not start with '{'
  no_closing,     // missing '}' in "..."
  text_after_end  // syntax error after '}' in "..."
};

/// { text }: what stands between the braces.
struct Braced {
  Range payload;  // also where there is a problem: what Postfix goes on with
  BraceProblem problem = BraceProblem::none;
  Range at;  // of the problem: the text after the last brace, or all of the text
};

/// One word of a list.
struct Word {
  Range range;
  bool braced = false;  // starts with '{'
};

/// A list of words, split outside braces.
struct WordList {
  std::vector<Word> words;
  /// The outermost '{' that is never closed: it swallows the rest of the list. Empty: all closed.
  Range unclosed;
  /// Each '}' that closes nothing: an ordinary byte of its word.
  std::vector<Range> stray_closers;
};

/// What is wrong with one `name = value` (split_nameval(3)).
enum class AttributeProblem : std::uint8_t {
  none,
  missing_name,    // "missing attribute name"
  missing_equals,  // "missing '=' after attribute name"
  braces           // the braces around it do not balance, or text follows them
};

/// One `name = value` inside braces.
struct Attribute {
  Range range;  // with its own braces
  Range name;
  Range value;  // trimmed
  AttributeProblem problem = AttributeProblem::none;
};

}  // namespace postlint::grammar
