#pragma once

#include <array>
#include <boost/spirit/home/x3.hpp>
#include <string_view>

#include "src/text/span.hpp"

namespace postlint::grammar::x3_bytes {

namespace x3 = boost::spirit::x3;

/// A set of bytes as a 256-entry table: one load a byte, where x3::char_ and alnum cost a call.
struct ByteSet {
  std::array<bool, 256> in{};

  constexpr explicit ByteSet(std::string_view members) {
    for (const char c : members) in[static_cast<unsigned char>(c)] = true;
  }
  [[nodiscard]] constexpr ByteSet operator~() const {
    ByteSet complement("");
    for (std::size_t i = 0; i < 256; ++i) complement.in[i] = !in[i];
    return complement;
  }
  [[nodiscard]] constexpr bool has(char c) const { return in[static_cast<unsigned char>(c)]; }
};

/// The longest run of bytes of a set, at least `minimum`. No attribute: wrap in range_of().
struct Run : x3::parser<Run> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Run(const ByteSet& set, std::size_t minimum) : set_(&set), minimum_(minimum) {}

  template <class Iterator, class Context, class RContext, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Context&, const RContext&,
             Attribute&) const {
    Iterator at = first;
    while (at != last && set_->has(*at)) ++at;
    if (static_cast<std::size_t>(at - first) < minimum_) return false;
    first = at;
    return true;
  }

 private:
  const ByteSet* set_;
  std::size_t minimum_;
};

constexpr Run any_of(const ByteSet& set) { return {set, 0}; }
constexpr Run some_of(const ByteSet& set) { return {set, 1}; }

/// `open` ... `close`, counting only these two bytes, without escapes or quotes.
struct Balanced : x3::parser<Balanced> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr Balanced(char open, char close) : open_(open), close_(close) {}

  template <class Iterator, class Context, class RContext, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Context&, const RContext&,
             Attribute&) const {
    if (first == last || *first != open_) return false;
    std::size_t level = 0;
    for (Iterator at = first; at != last; ++at) {
      if (*at == open_) ++level;
      if (*at == close_ && --level == 0) {
        first = at + 1;
        return true;
      }
    }
    return false;
  }

 private:
  char open_;
  char close_;
};

/// A word of mystrtokq(3): separators end it only outside of braces; an unclosed brace takes all
/// the rest, and a closer without its opener is an ordinary byte.
struct BracedWord : x3::parser<BracedWord> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr explicit BracedWord(const ByteSet& separators) : separators_(&separators) {}

  template <class Iterator, class Context, class RContext, class Attribute>
  bool parse(Iterator& first, const Iterator& last, const Context&, const RContext&,
             Attribute&) const {
    Iterator at = first;
    std::size_t level = 0;
    for (; at != last; ++at) {
      if (*at == '{') {
        ++level;
      } else if (level > 0 && *at == '}') {
        --level;
      } else if (level == 0 && separators_->has(*at)) {
        break;
      }
    }
    if (at == first) return false;
    first = at;
    return true;
  }

 private:
  const ByteSet* separators_;
};

using IteratorRange = boost::iterator_range<const char*>;

inline text::Range to_range(const char* begin, const IteratorRange& found) {
  return {static_cast<std::uint32_t>(found.begin() - begin),
          static_cast<std::uint32_t>(found.end() - begin)};
}

}  // namespace postlint::grammar::x3_bytes
