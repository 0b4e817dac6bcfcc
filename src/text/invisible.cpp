#include "src/text/invisible.hpp"

#include <algorithm>

#include "src/text/ascii.hpp"
#include "src/text/utf8.hpp"

namespace postlint::text {

namespace {

struct Character {
  std::string_view bytes;
  std::string_view name;
  bool blank;
};

constexpr Character characters[] = {
    {"\xC2\xA0", "no-break space (U+00A0)", true},
    {"\xA0", "no-break space of Latin-1 (byte A0)", true},
    {"\xC2\xAD", "soft hyphen (U+00AD)", false},
    {"\xE2\x80\x80", "en quad (U+2000)", true},
    {"\xE2\x80\x81", "em quad (U+2001)", true},
    {"\xE2\x80\x82", "en space (U+2002)", true},
    {"\xE2\x80\x83", "em space (U+2003)", true},
    {"\xE2\x80\x84", "three-per-em space (U+2004)", true},
    {"\xE2\x80\x85", "four-per-em space (U+2005)", true},
    {"\xE2\x80\x86", "six-per-em space (U+2006)", true},
    {"\xE2\x80\x87", "figure space (U+2007)", true},
    {"\xE2\x80\x88", "punctuation space (U+2008)", true},
    {"\xE2\x80\x89", "thin space (U+2009)", true},
    {"\xE2\x80\x8A", "hair space (U+200A)", true},
    {"\xE2\x80\x8B", "zero-width space (U+200B)", false},
    {"\xE2\x80\x8C", "zero-width non-joiner (U+200C)", false},
    {"\xE2\x80\x8D", "zero-width joiner (U+200D)", false},
    {"\xE2\x80\x8E", "left-to-right mark (U+200E)", false},
    {"\xE2\x80\x8F", "right-to-left mark (U+200F)", false},
    {"\xE2\x80\xA8", "line separator (U+2028)", true},
    {"\xE2\x80\xA9", "paragraph separator (U+2029)", true},
    {"\xE2\x80\xAF", "narrow no-break space (U+202F)", true},
    {"\xE2\x81\x9F", "medium mathematical space (U+205F)", true},
    {"\xE2\x81\xA0", "word joiner (U+2060)", false},
    {"\xE3\x80\x80", "ideographic space (U+3000)", true},
    {"\xEF\xBB\xBF", "zero-width no-break space (U+FEFF)", false},
};

const Character* find_character(std::string_view bytes) {
  const auto* found = std::find_if(std::begin(characters), std::end(characters),
                                   [&](const Character& each) { return each.bytes == bytes; });
  return found == std::end(characters) ? nullptr : found;
}

}  // namespace

std::vector<InvisibleCharacter> invisible_characters(std::string_view text) {
  std::vector<InvisibleCharacter> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = is_ascii(text[at]) ? 1 : code_point_length(text, at);
    const Range range{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + length)};
    at += length;
    if (is_ascii(text[range.lo])) continue;
    const Character* found = find_character(text.substr(range.lo, length));
    if (found != nullptr) all.push_back({range, found->name, found->blank});
  }
  return all;
}

}  // namespace postlint::text
