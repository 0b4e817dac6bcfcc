#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar::test {

inline std::string sub(std::string_view text, Range range) {
  return std::string(text.substr(range.lo, range.size()));
}

/// "[a] [b c]"
inline std::string dump(std::string_view text, const std::vector<Range>& ranges) {
  std::string out;
  for (const Range range : ranges) {
    if (!out.empty()) out += ' ';
    out += '[' + sub(text, range) + ']';
  }
  return out;
}

inline std::string dump(std::string_view text, const WordList& list) {
  std::string out;
  for (const Word& word : list.words) {
    if (!out.empty()) out += ' ';
    out += '[' + sub(text, word.range) + ']';
    if (word.braced) out += '*';
  }
  if (!list.unclosed.empty()) out += " unclosed@" + std::to_string(list.unclosed.lo);
  for (const Range stray : list.stray_closers) out += " stray@" + std::to_string(stray.lo);
  return out;
}

}  // namespace postlint::grammar::test
