#include "src/smtpd/regexp_tree.hpp"

#include <algorithm>
#include <optional>

#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using Set = std::bitset<256>;

using Node = RegexpNode;

constexpr int deepest_nesting = 60;
constexpr int unbounded = unbounded_repetition;

using text::byte;

Set range(char first, char last) {
  Set set;
  for (int c = byte(first); c <= byte(last); ++c) set.set(static_cast<std::size_t>(c));
  return set;
}

Set word_set() { return range('a', 'z') | range('A', 'Z') | range('0', '9') | range('_', '_'); }

Set named_set(std::string_view name) {
  if (name == "alpha") return range('a', 'z') | range('A', 'Z');
  if (name == "digit") return range('0', '9');
  if (name == "alnum") return range('a', 'z') | range('A', 'Z') | range('0', '9');
  if (name == "lower") return range('a', 'z');
  if (name == "upper") return range('A', 'Z');
  if (name == "xdigit") return range('0', '9') | range('a', 'f') | range('A', 'F');
  if (name == "space" || name == "blank") return range(' ', ' ') | range('\t', '\t');
  if (name == "punct") return range('!', '/') | range(':', '@') | range('[', '`') | range('{', '~');
  return range('!', '~');
}

/// A reader of the common part of both syntaxes.
class TreeParser {
 public:
  explicit TreeParser(std::string_view text) : text_(text) {}

  RegexpTree parse() {
    Node root = alternatives(0);
    if (more()) exact_ = false;
    return {std::move(root), exact_};
  }

 private:
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  bool take(char c) {
    if (!more() || peek() != c) return false;
    ++at_;
    return true;
  }

  Node alternatives(int depth) {
    Node choice;
    choice.kind = Node::Kind::choice;
    do {
      choice.children.push_back(sequence(depth));
    } while (take('|'));
    return choice;
  }

  Node sequence(int depth) {
    Node sequence;
    while (more() && peek() != '|' && peek() != ')') {
      std::optional<Node> atom = one_atom(depth);
      if (!atom) continue;
      repeat(*atom);
      sequence.children.push_back(std::move(*atom));
    }
    return sequence;
  }

  static Node of(Set set) {
    Node node;
    node.kind = Node::Kind::set;
    node.set = set;
    return node;
  }

  static Node anchor(Node::Kind kind) {
    Node node;
    node.kind = kind;
    return node;
  }

  /// Nothing: an assertion that is left out.
  std::optional<Node> one_atom(int depth) {
    const char c = text_[at_++];
    switch (c) {
      case '^':
        return anchor(Node::Kind::start);
      case '$':
        return anchor(Node::Kind::end);
      case '.':
        return of(range('!', '~'));
      case '[':
        return of(bracket());
      case '\\':
        return escape();
      case '(':
        return group(depth);
      default:
        return of(range(c, c));
    }
  }

  std::optional<Node> group(int depth) {
    bool assertion = false;
    if (take('?')) {
      const std::size_t start = at_;
      while (more() && peek() != ':' && peek() != ')' && peek() != '=' && peek() != '!' &&
             peek() != '>')
        ++at_;
      assertion = more() && (peek() == '=' || peek() == '!');
      if (start != at_ || !more() || peek() != ':') exact_ = false;
      if (more() && peek() == ')') {  // (?i)
        ++at_;
        return std::nullopt;
      }
      if (more()) ++at_;
    }
    if (depth > deepest_nesting) {
      exact_ = false;
      at_ = text_.size();
      return std::nullopt;
    }
    Node inner = alternatives(depth + 1);
    take(')');
    if (assertion) return std::nullopt;
    return inner;
  }

  std::optional<Node> escape() {
    if (!more()) return std::nullopt;
    const char c = text_[at_++];
    switch (c) {
      case 'd':
        return of(range('0', '9'));
      case 'w':
        return of(word_set());
      case 's':
        return of(range(' ', ' '));
      case 'D':
        return of(range('!', '~') & ~range('0', '9'));
      case 'S':
        return of(range('!', '~'));
      case 'W':
        return of(range('!', '~') & ~word_set());
      case 'A':
        return anchor(Node::Kind::start);
      case 'Z':
      case 'z':
        return anchor(Node::Kind::end);
      case 'b':
      case 'B':
      case '<':
      case '>':
        exact_ = false;
        return std::nullopt;
      case 't':
        return of(range('\t', '\t'));
      default:
        // Back references, character codes, quoting.
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
          exact_ = false;
        return of(range(c, c));
    }
  }

  Set bracket() {
    Set set;
    const bool negated = take('^');
    bool first = true;
    while (more() && (first || peek() != ']')) {
      first = false;
      char c = text_[at_++];
      if (c == '[' && more() && peek() == ':') {
        const std::size_t end = text_.find(":]", at_);
        if (end == std::string_view::npos) break;
        set |= named_set(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 2;
        continue;
      }
      if (c == '\\' && more()) {
        const std::optional<Node> escaped = escape();
        if (escaped && escaped->set.count() != 1) {
          set |= escaped->set;
          continue;
        }
        c = text_[at_ - 1];
      }
      if (at_ + 1 < text_.size() && peek() == '-' && text_[at_ + 1] != ']') {
        set |= range(c, text_[at_ + 1]);
        at_ += 2;
      } else {
        set.set(byte(c));
      }
    }
    take(']');
    return negated ? range('!', '~') & ~set : set;
  }

  void repeat(Node& node) {
    while (more()) {
      if (take('*')) {
        node.least = 0;
        node.most = unbounded;
      } else if (take('+')) {
        node.most = unbounded;
      } else if (take('?')) {
        if (node.most == 1) node.least = 0;
      } else if (peek() == '{' && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' &&
                 text_[at_ + 1] <= '9') {
        bounds(node);
      } else {
        return;
      }
    }
  }

  void bounds(Node& node) {
    ++at_;
    node.least = number();
    node.most = node.least;
    if (take(',')) node.most = more() && peek() != '}' ? number() : unbounded;
    take('}');
  }

  int number() {
    int value = 0;
    while (more() && peek() >= '0' && peek() <= '9')
      value = std::min(value * 10 + (text_[at_++] - '0'), 300);
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool exact_ = true;
};

}  // namespace

RegexpTree parse_regexp_tree(std::string_view pattern) { return TreeParser(pattern).parse(); }

}  // namespace postlint::smtpd
