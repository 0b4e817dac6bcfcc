#include "grammar/master_line.hpp"

#include "grammar/x3/bytes.hpp"

namespace postlint::grammar {

namespace {

using namespace x3_bytes;
using text::Range;

constexpr ByteSet blanks(" \t\r\n");
constexpr ByteSet not_blanks = ~blanks;
constexpr ByteSet comma_blanks(", \t\r\n");
constexpr ByteSet not_comma_blanks = ~comma_blanks;
constexpr ByteSet space(" \t\n\v\f\r");
constexpr std::size_t fields_of_entry = 8;

/// Words until the text or the wanted number is used up; `at` is left behind the last one.
template <class Word>
std::vector<Range> words(const char* begin, const char*& at, const char* end,
                         const ByteSet& separators, const Word& word, std::size_t wanted) {
  std::vector<Range> found;
  IteratorRange range;
  while (found.size() < wanted && x3::parse(at, end, any_of(separators) >> x3::raw[word], range)) {
    found.push_back(to_range(begin, range));
  }
  return found;
}

template <class Word>
std::vector<Range> all_words(std::string_view text, const ByteSet& separators, const Word& word) {
  const char* at = text.data();
  return words(text.data(), at, text.data() + text.size(), separators, word, text.size());
}

}  // namespace

MasterLine parse_master_line(std::string_view line) {
  line = line.substr(0, line.find('\0'));
  const char* const begin = line.data();
  const char* const end = begin + line.size();
  const char* at = begin;
  MasterLine tree;
  tree.fields = words(begin, at, end, blanks, some_of(not_blanks), fields_of_entry);
  tree.arguments = words(begin, at, end, blanks, BracedWord(blanks), line.size());
  return tree;
}

std::vector<Range> split_braced_blanks(std::string_view text) {
  return all_words(text, blanks, BracedWord(blanks));
}

std::vector<Range> split_braced_list(std::string_view text) {
  return all_words(text, comma_blanks, BracedWord(comma_blanks));
}

std::vector<Range> split_plain_list(std::string_view text) {
  return all_words(text, comma_blanks, some_of(not_comma_blanks));
}

Unwrapped unwrap_braces(std::string_view text, bool strip) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin;
  Unwrapped result;
  const char* lo = begin + 1;
  const char* hi = end;
  if (!x3::parse(at, end, Balanced('{', '}'))) {
    result.error = Unwrapped::Error::missing_closer;
  } else {
    if (at != end) result.error = Unwrapped::Error::text_after_closer;
    hi = at - 1;
  }
  while (strip && lo < hi && space.has(hi[-1])) --hi;
  while (strip && lo < hi && space.has(*lo)) ++lo;
  result.payload = to_range(begin, {lo, hi});
  return result;
}

}  // namespace postlint::grammar
