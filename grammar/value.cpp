#include "grammar/value.hpp"

#include <algorithm>

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {

namespace {

namespace x3 = x3p::x3;
using text::Range;
using x3p::alnums, x3p::any, x3p::balanced, x3p::blanks, x3p::CharClass, x3p::Scanner, x3p::some,
    x3p::span, x3p::text_start;
using Kind = ValuePart::Kind;
using Error = MacroBody::Error;

constexpr CharClass literal_chars = ~CharClass("$");
constexpr CharClass name_chars = alnums | CharClass("_");
constexpr CharClass operator_chars("<>!=?+-*/~&|%");

/// (text) with balanced parentheses, as `balanced` is for braces.
constexpr Scanner parenthesized{[](const char*& first, const char* last) {
  if (first == last || *first != '(') return false;
  std::size_t level = 0;
  for (const char* at = first; at != last; ++at) {
    if (*at == '(') ++level;
    if (*at == ')' && --level == 0) {
      first = at + 1;
      return true;
    }
  }
  return false;
}};

template <Kind kind>
constexpr auto set_kind = [](auto& context) { x3::_val(context) = kind; };

// One piece of a value; the attribute says which kind it was, the caller knows its range.
const auto piece = x3::rule<struct piece_tag, Kind>{"piece"} =
    some(literal_chars) >> x3::eps[set_kind<Kind::literal>] |
    x3::lit("$$") >> x3::eps[set_kind<Kind::dollar>] |
    x3::lit('$') >> (balanced | parenthesized) >> x3::eps[set_kind<Kind::bracketed>] |
    x3::lit('$') >> (x3::lit('{') | '(') >> x3::eps[set_kind<Kind::truncated>] |
    x3::lit('$') >> some(name_chars) >> x3::eps[set_kind<Kind::name>] |
    x3::lit('$') >> x3::eps[set_kind<Kind::empty_name>];

Range range_of(const char* begin, const char* from, const char* to) {
  return {static_cast<std::uint32_t>(from - begin), static_cast<std::uint32_t>(to - begin)};
}

Range body_of(Kind kind, Range range) {
  if (kind == Kind::name) return {range.lo + 1, range.hi};
  if (kind == Kind::bracketed) return {range.lo + 2, range.hi - 1};
  return range;
}

}  // namespace

std::vector<ValuePart> parse_value(std::string_view value) {
  std::vector<ValuePart> parts;
  constexpr std::ptrdiff_t many = 100;  // as the longest default has
  const auto references = std::min(std::count(value.begin(), value.end(), '$'), many);
  parts.reserve(2 * static_cast<std::size_t>(references) + 1);
  const char* const begin = value.data();
  const char* const end = begin + value.size();
  const char* at = begin;
  while (at != end) {
    const char* const start = at;
    Kind kind = Kind::literal;
    x3::parse(at, end, piece, kind);
    ValuePart part{kind, range_of(begin, start, at), {}};
    part.body = body_of(kind, part.range);
    if (kind == Kind::bracketed && part.body.empty()) part.kind = Kind::empty_name;
    parts.push_back(part);
    if (part.kind == Kind::truncated || part.kind == Kind::empty_name) break;
  }
  return parts;
}

namespace {

/// Reads a macro body from left to right, as mac_expand_callback does.
class BodyReader {
 public:
  BodyReader(std::string_view body, const MacroSyntax& syntax)
      : begin_(body.data()), at_(begin_), end_(begin_ + body.size()), syntax_(syntax) {}

  MacroBody read() {
    const bool head_ok = starts_operand() ? read_relation() : read_name();
    if (head_ok && tree_.test != 0) read_results();
    return tree_;
  }

 private:
  template <class Parser>
  bool read(const Parser& parser, Range& into) {
    return x3::parse(at_, end_, x3::with<text_start>(begin_)[parser], into);
  }

  bool fail(Error error) {
    tree_.error = error;
    tree_.error_at = static_cast<std::uint32_t>(at_ - begin_);
    return false;
  }

  /// Skips blanks up to a '{'; without one nothing is skipped.
  bool starts_operand() {
    if (!syntax_.braces_and_relations) return false;
    return x3::parse(at_, end_, any(blanks) >> &x3::lit('{'));
  }

  /// The payload of {...}, and the blanks after it.
  bool operand(Range& payload) {
    if (!read(span[balanced] >> any(blanks), payload)) return fail(Error::unbalanced);
    payload = {payload.lo + 1, payload.hi - 1};
    return true;
  }

  bool read_name() {
    if (syntax_.blanks_around_name) x3::parse(at_, end_, any(blanks));
    read(span[any(name_chars)], tree_.name);
    const char* const name_end = at_;
    if (syntax_.blanks_around_name) x3::parse(at_, end_, any(blanks));
    if (at_ == end_) return true;
    if (*at_ == '?' || *at_ == ':') {
      tree_.test = *at_++;
      return true;
    }
    if (syntax_.functions && *at_ == '{') {
      tree_.function = true;
      return operand(tree_.left) && (at_ == end_ || fail(Error::unexpected_input));
    }
    at_ = name_end;
    return fail(Error::name_syntax);
  }

  bool read_relation() {
    tree_.relation = true;
    if (!operand(tree_.left)) return false;
    const char* const operation_start = at_;
    read(span[any(operator_chars)], tree_.operation);
    if (!known_operator({operation_start, tree_.operation.size()})) {
      at_ = operation_start;
      return fail(Error::operator_expected);
    }
    if (syntax_.operator_suffixes && at_ != end_ && alnums.has(*at_)) {
      const char* const suffix_start = at_;
      read(span[some(alnums)], tree_.suffix);
      if (std::string_view(suffix_start, tree_.suffix.size()) != "level") {
        return fail(Error::bad_suffix);
      }
    }
    if (!starts_operand()) return fail(Error::right_expected);
    if (!operand(tree_.right)) return false;
    tree_.right_seen = true;
    if (at_ == end_) return true;
    if (*at_ != '?' && *at_ != ':') return fail(Error::test_expected);
    tree_.test = *at_++;
    return true;
  }

  static bool known_operator(std::string_view text) {
    return text == "==" || text == "!=" || text == "<" || text == "<=" || text == ">=" ||
           text == ">";
  }

  /// `{text}`, or all the rest.
  bool result(std::optional<Range>& into) {
    Range payload;
    if (starts_operand()) {
      if (!operand(payload)) return false;
    } else {
      payload = range_of(begin_, at_, end_);
      at_ = end_;
    }
    into = payload;
    return true;
  }

  void read_results() {
    if (tree_.test == '?') {
      if (!result(tree_.if_true) || at_ == end_) return;
      if (*at_ != ':') {
        fail(Error::colon_expected);
        return;
      }
      ++at_;
    }
    if (result(tree_.if_false) && at_ != end_) fail(Error::unexpected_input);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const MacroSyntax& syntax_;
  MacroBody tree_;
};

}  // namespace

MacroBody parse_macro_body(std::string_view body, const MacroSyntax& syntax) {
  return BodyReader(body, syntax).read();
}

}  // namespace postlint::grammar
