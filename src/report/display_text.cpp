#include "src/report/display_text.hpp"

#include <algorithm>
#include <array>

namespace postlint::report {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::uint32_t tab_stop = 8;

/// A decoded character: code point 0xFFFD and length 1 where the bytes are no UTF-8.
struct Decoded {
  char32_t code = 0xFFFD;
  std::uint32_t length = 1;
  bool valid = false;
};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Smallest code point that may take a sequence of this length (RFC 3629 forbids longer ones).
char32_t smallest(std::uint32_t length) {
  return length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
}

Decoded decode(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80U) return {lead, 1, true};
  std::uint32_t length = 0;
  if (lead >= 0xC2U && lead <= 0xDFU) length = 2;
  if (lead >= 0xE0U && lead <= 0xEFU) length = 3;
  if (lead >= 0xF0U && lead <= 0xF4U) length = 4;
  if (length == 0 || at + length > text.size()) return {};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::uint32_t i = 1; i < length; ++i) {
    if (!continues(text[at + i])) return {};
    code = (code << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest(length) || code > 0x10FFFF || surrogate) return {};
  return {code, length, true};
}

struct Interval {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool within(const std::array<Interval, N>& intervals, char32_t code) {
  return std::any_of(intervals.begin(), intervals.end(), [&](const Interval& interval) {
    return code >= interval.first && code <= interval.last;
  });
}

/// Unicode controls that would change what the reader sees of the rest of the line.
bool is_control(char32_t code) {
  constexpr std::array<Interval, 5> controls{
      {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}}};
  return within(controls, code);
}

std::uint32_t width_of(char32_t code) {
  constexpr std::array<Interval, 5> combining{
      {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  constexpr std::array<Interval, 9> wide{{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1F9FF},
                                          {0x20000, 0x3FFFD}}};
  if (code < 0x300) return 1;
  if (within(combining, code)) return 0;
  return within(wide, code) ? 2 : 1;
}

}  // namespace

std::uint32_t DisplayLine::column_of(std::uint32_t offset) const {
  const auto after =
      std::upper_bound(cells.begin(), cells.end(), offset,
                       [](std::uint32_t at, const DisplayCell& cell) { return at < cell.offset; });
  if (after == cells.begin()) return 0;
  const DisplayCell& cell = *(after - 1);
  return offset < cell.offset + cell.length ? cell.column : cell.column + cell.width;
}

DisplayLine display_line(std::string_view bytes) {
  DisplayLine line;
  for (std::uint32_t at = 0; at < bytes.size();) {
    const Decoded character = decode(bytes, at);
    DisplayCell cell{at, character.length, line.width, 1};
    line.text_offsets.push_back(static_cast<std::uint32_t>(line.text.size()));
    if (bytes[at] == '\t') {
      cell.width = tab_stop - line.width % tab_stop;
      line.text.append(cell.width, ' ');
    } else if (!character.valid || is_control(character.code)) {
      line.text += replacement;
    } else {
      cell.width = width_of(character.code);
      line.text += bytes.substr(at, character.length);
    }
    line.cells.push_back(cell);
    line.width += cell.width;
    at += character.length;
  }
  return line;
}

std::string one_line(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    if (text[at] == '\t' || text[at] == '\n') {
      shown += ' ';
    } else if (!character.valid || is_control(character.code)) {
      shown += replacement;
    } else {
      shown += text.substr(at, character.length);
    }
    at += character.length;
  }
  return shown;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string field(text);
  if (field.size() < width) field.append(width - field.size(), ' ');
  return field;
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    if (character.valid) {
      valid += text.substr(at, character.length);
    } else {
      valid += replacement;
    }
    at += character.length;
  }
  return valid;
}

}  // namespace postlint::report
