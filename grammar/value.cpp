#include "grammar/value.hpp"

#include "grammar/x3/bytes.hpp"

namespace postlint::grammar {

namespace {

using namespace x3_bytes;
using text::Range;
using Kind = ValuePart::Kind;
using Error = MacroBody::Error;

constexpr ByteSet dollar_set("$");
constexpr ByteSet not_dollar = ~dollar_set;
constexpr ByteSet name_bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
constexpr ByteSet alphanumeric("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
constexpr ByteSet blanks(" \t\r\n");
constexpr ByteSet operator_bytes("<>!=?+-*/~&|%");

template <Kind kind>
constexpr auto set_kind = [](auto& context) { x3::_val(context) = kind; };

// One piece of a value; the attribute says which kind it was, the caller knows its range.
const auto piece = x3::rule<struct piece_tag, Kind>{"piece"} =
    some_of(not_dollar) >> x3::eps[set_kind<Kind::literal>] |
    x3::lit("$$") >> x3::eps[set_kind<Kind::dollar>] |
    x3::lit('$') >>
        (Balanced('{', '}') | Balanced('(', ')')) >> x3::eps[set_kind<Kind::bracketed>] |
    x3::lit('$') >> (x3::lit('{') | '(') >> x3::eps[set_kind<Kind::truncated>] |
    x3::lit('$') >> some_of(name_bytes) >> x3::eps[set_kind<Kind::name>] |
    x3::lit('$') >> x3::eps[set_kind<Kind::empty_name>];

Range body_of(Kind kind, Range range) {
  if (kind == Kind::name) return {range.lo + 1, range.hi};
  if (kind == Kind::bracketed) return {range.lo + 2, range.hi - 1};
  return range;
}

}  // namespace

std::vector<ValuePart> parse_value(std::string_view value) {
  std::vector<ValuePart> parts;
  const char* const begin = value.data();
  const char* const end = begin + value.size();
  const char* at = begin;
  while (at != end) {
    const char* const start = at;
    Kind kind = Kind::literal;
    x3::parse(at, end, piece, kind);
    ValuePart part{kind, to_range(begin, {start, at}), {}};
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
  bool fail(Error error) {
    tree_.error = error;
    tree_.error_at = static_cast<std::uint32_t>(at_ - begin_);
    return false;
  }

  /// Skips blanks up to a '{'; without one nothing is skipped.
  bool starts_operand() {
    if (!syntax_.braces_and_relations) return false;
    return x3::parse(at_, end_, any_of(blanks) >> &x3::lit('{'));
  }

  /// The payload of {...}, and the blanks after it.
  bool operand(Range& payload) {
    IteratorRange found;
    if (!x3::parse(at_, end_, x3::raw[Balanced('{', '}')] >> any_of(blanks), found)) {
      return fail(Error::unbalanced);
    }
    payload = to_range(begin_, {found.begin() + 1, found.end() - 1});
    return true;
  }

  bool read_name() {
    const auto name = x3::raw[any_of(name_bytes)];
    IteratorRange found;
    if (syntax_.blanks_around_name) x3::parse(at_, end_, any_of(blanks));
    x3::parse(at_, end_, name, found);
    tree_.name = to_range(begin_, found);
    const char* const name_end = at_;
    if (syntax_.blanks_around_name) x3::parse(at_, end_, any_of(blanks));
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
    IteratorRange found;
    const char* const operation_start = at_;
    x3::parse(at_, end_, x3::raw[any_of(operator_bytes)], found);
    tree_.operation = to_range(begin_, found);
    if (!known_operator({found.begin(), found.size()})) {
      at_ = operation_start;
      return fail(Error::operator_expected);
    }
    if (syntax_.operator_suffixes && at_ != end_ && alphanumeric.has(*at_)) {
      x3::parse(at_, end_, x3::raw[some_of(alphanumeric)], found);
      tree_.suffix = to_range(begin_, found);
      if (std::string_view(found.begin(), found.size()) != "level") return fail(Error::bad_suffix);
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
      payload = to_range(begin_, {at_, end_});
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
