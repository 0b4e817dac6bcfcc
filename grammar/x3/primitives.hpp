#pragma once

#include <boost/fusion/include/vector.hpp>
#include <boost/spirit/home/x3.hpp>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "grammar/x3/char_class.hpp"
#include "src/text/span.hpp"

/// Our own Spirit X3 primitives. Attributes are offset ranges: eight bytes, no allocation, and
/// nothing to roll back when an alternative fails. Iterators are `const char*`.
namespace postlint::grammar::x3p {

namespace x3 = boost::spirit::x3;

/// Context tag: the start of the text that offsets count from.
struct text_start;

/// span[p]: parses p, the attribute is the offset range that p matched.
template <class Subject>
struct SpanDirective : x3::unary_parser<Subject, SpanDirective<Subject>> {
  using attribute_type = text::Range;
  static constexpr bool has_attribute = true;
  static constexpr bool handles_container = false;

  constexpr explicit SpanDirective(const Subject& inner)
      : x3::unary_parser<Subject, SpanDirective<Subject>>(inner) {}

  template <class Context, class RuleContext, class Attribute>
  bool parse(const char*& first, const char* const& last, const Context& context,
             RuleContext& rule_context, Attribute& attribute) const {
    const char* const start = first;
    if (!this->subject.parse(first, last, context, rule_context, x3::unused)) return false;
    const char* const base = x3::get<text_start>(context);
    const text::Range range{static_cast<std::uint32_t>(start - base),
                            static_cast<std::uint32_t>(first - base)};
    x3::traits::move_to(range, attribute);
    return true;
  }
};

struct SpanGenerator {
  template <class Subject>
  constexpr auto operator[](const Subject& subject) const {
    return SpanDirective<typename x3::extension::as_parser<Subject>::value_type>{
        x3::as_parser(subject)};
  }
};
inline constexpr SpanGenerator span{};

/// A parser without attribute whose whole work is `scan(first, last)`: it moves first and says
/// whether it matched.
template <class Scan>
struct Scanner : x3::parser<Scanner<Scan>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  constexpr explicit Scanner(Scan scan) : scan_(scan) {}

  template <class Context, class RuleContext, class Attribute>
  bool parse(const char*& first, const char* const& last, const Context&, RuleContext&,
             Attribute&) const {
    return scan_(first, last);
  }

 private:
  Scan scan_;
};

/// One byte of the class.
constexpr auto one(const CharClass&&) = delete;
constexpr auto one(const CharClass& chars) {
  return Scanner([&chars](const char*& first, const char* last) {
    if (first == last || !chars.has(*first)) return false;
    ++first;
    return true;
  });
}

/// Any number of bytes of the class, none too.
constexpr auto any(const CharClass&&) = delete;
constexpr auto any(const CharClass& chars) {
  return Scanner([&chars](const char*& first, const char* last) {
    while (first != last && chars.has(*first)) ++first;
    return true;
  });
}

/// White space, or none.
inline constexpr auto blank = any(spaces);
/// What parts the words of most lists.
inline constexpr auto list_gap = any(comma_blanks);

/// One or more bytes of the class.
constexpr auto some(const CharClass&&) = delete;
constexpr auto some(const CharClass& chars) {
  return Scanner([&chars](const char*& first, const char* last) {
    const char* const start = first;
    while (first != last && chars.has(*first)) ++first;
    return first != start;
  });
}

/// Everything before the next `stop`; fails where there is none.
constexpr auto up_to(char stop) {
  return Scanner([stop](const char*& first, const char* last) {
    if (first == last) return false;
    const void* found = std::memchr(first, stop, static_cast<std::size_t>(last - first));
    if (found == nullptr) return false;
    first = static_cast<const char*>(found);
    return true;
  });
}

/// Everything to the end.
inline constexpr Scanner rest{[](const char*& first, const char* last) {
  first = last;
  return true;
}};

/// Everything to the end but for trailing white space, which it skips too when it is not within a
/// span: write span[trimmed_rest] >> any(spaces).
inline constexpr Scanner trimmed_rest{[](const char*& first, const char* last) {
  const char* end = last;
  while (end != first && spaces.has(end[-1])) --end;
  first = end;
  return true;
}};

/// One word of a list: at least one byte, up to a separator outside braces. An unclosed '{' takes
/// the rest, a '}' outside braces is an ordinary byte (mystrtokq(3)).
constexpr auto braced_word(const CharClass& separators) {
  return Scanner([&separators](const char*& first, const char* last) {
    const char* const start = first;
    std::size_t level = 0;
    for (; first != last; ++first) {
      if (*first == '{') {
        ++level;
      } else if (*first == '}' && level > 0) {
        --level;
      } else if (level == 0 && separators.has(*first)) {
        break;
      }
    }
    return first != start;
  });
}

/// Text in balanced braces, from '{' to its '}' (balpar(3)). Fails where they do not balance.
inline constexpr Scanner balanced{[](const char*& first, const char* last) {
  if (first == last || *first != '{') return false;
  std::size_t level = 0;
  for (const char* at = first; at != last; ++at) {
    if (*at == '{') ++level;
    if (*at == '}' && --level == 0) {
      first = at + 1;
      return true;
    }
  }
  return false;
}};

/// What ends a key outside quotes.
struct KeyStops {
  CharClass stops;
  CharClass special;  // with quote and backslash

  constexpr explicit KeyStops(const CharClass& chars)
      : stops(chars), special(chars | CharClass{"\\\""}) {}
};

/// A key up to the first stop outside "quotes"; a backslash takes the next byte with
/// it (split_qnameval(3), postmap(1)). Fails where a quote stays open. May be empty.
constexpr auto quoted_key(const KeyStops& stops) {
  return Scanner([&stops](const char*& first, const char* last) {
    bool quoted = false;
    for (; first != last; ++first) {
      if (!stops.special.has(*first)) continue;
      if (*first == '\\') {
        if (++first == last) break;
      } else if (!quoted && stops.stops.has(*first)) {
        break;
      } else if (*first == '"') {
        quoted = !quoted;
      }
    }
    return !quoted;
  });
}

/// `word` in any case of ASCII letters; `word` itself is given in lower case.
constexpr auto keyword(std::string_view word) {
  return Scanner([word](const char*& first, const char* last) {
    if (static_cast<std::size_t>(last - first) < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const char c = first[i];
      const char folded = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      if (folded != word[i]) return false;
    }
    first += word.size();
    return true;
  });
}

/// The text as the C strings of Postfix end: before the first null byte.
inline std::string_view c_string(std::string_view text) { return text.substr(0, text.find('\0')); }

/// Parses `piece` of `text` with `grammar` to the end of the piece; offsets count from the start
/// of `text`. Several attributes are filled in the order of the grammar.
template <class Grammar, class... Attribute>
bool parse(std::string_view text, text::Range piece, const Grammar& grammar,
           Attribute&... attribute) {
  const char* first = text.data() + piece.lo;
  const char* const last = text.data() + piece.hi;
  const char* base = text.data();
  const auto whole = x3::with<text_start>(base)[grammar];
  if constexpr (sizeof...(attribute) > 1) {
    boost::fusion::vector<Attribute&...> attributes(attribute...);
    return x3::parse(first, last, whole, attributes) && first == last;
  } else {
    return x3::parse(first, last, whole, attribute...) && first == last;
  }
}

template <class Grammar, class... Attribute>
bool parse(std::string_view text, const Grammar& grammar, Attribute&... attribute) {
  return parse(text, text::Range{0, static_cast<std::uint32_t>(text.size())}, grammar,
               attribute...);
}

}  // namespace postlint::grammar::x3p
