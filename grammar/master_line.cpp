#include "grammar/master_line.hpp"

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {

namespace {

namespace x3 = x3p::x3;
using text::Range;
using x3p::any, x3p::blanks, x3p::braced_word, x3p::some, x3p::span, x3p::text_start;

constexpr std::size_t fields_of_entry = 8;

/// Words until the text or the wanted number is used up; `at` is left behind the last one.
template <class Word>
std::vector<Range> words(const char* begin, const char*& at, const char* end, const Word& word,
                         std::size_t wanted) {
  std::vector<Range> found;
  Range range;
  const auto next = x3::with<text_start>(begin)[any(blanks) >> span[word]];
  while (found.size() < wanted && x3::parse(at, end, next, range)) found.push_back(range);
  return found;
}

}  // namespace

MasterLine parse_master_line(std::string_view line) {
  line = line.substr(0, line.find('\0'));
  const char* const begin = line.data();
  const char* const end = begin + line.size();
  const char* at = begin;
  MasterLine tree;
  tree.fields = words(begin, at, end, some(x3p::no_blanks), fields_of_entry);
  tree.arguments = words(begin, at, end, braced_word(blanks), line.size());
  return tree;
}

}  // namespace postlint::grammar
