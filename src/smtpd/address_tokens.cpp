#include "src/smtpd/address_tokens.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <list>

#include "src/text/ascii.hpp"

namespace postlint::smtpd::tokens {
namespace {

/// LEX_822_SPECIALS and the operators that not all the world calls so.
constexpr std::string_view operators = "|%!()<>@,;:\\\".[]";

constexpr std::array<bool, 256> operator_table = [] {
  std::array<bool, 256> table{};
  for (const char c : operators) table[text::byte(c)] = true;
  return table;
}();

bool is_operator(char c) { return operator_table[text::byte(c)]; }

/// Reads text up to an end character, backslashes taken away.
class Collector {
 public:
  explicit Collector(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  char next() { return text_[at_++]; }
  void back() { --at_; }

  template <class Continues>
  std::string collect(Continues continues) {
    const std::size_t start = at_;
    while (!done() && text_[at_] != '\\' && !text::is_blank_or_line_end(text_[at_]) &&
           continues(text_[at_])) {
      ++at_;
    }
    std::string result(text_.substr(start, at_ - start));
    while (!done()) {
      char c = text_[at_];
      if (c == '\\') {
        if (++at_ >= text_.size()) break;
        c = text_[at_];
      } else if (!continues(c)) {
        break;
      }
      result += text::is_blank_or_line_end(c) ? ' ' : c;
      ++at_;
    }
    return result;
  }

  std::string collect_to(char closing) {
    std::string result = collect([closing](char c) { return c != closing; });
    if (!done()) ++at_;
    return result;
  }

  /// A comment, kept in external form, after its '('.
  std::string comment() {
    std::string result = "(";
    int level = 1;
    while (!done()) {
      const char c = next();
      result += c;
      if (c == '(') ++level;
      if (c == ')' && --level == 0) break;
      if (c == '\\') {
        if (done()) break;
        result += next();
      }
    }
    return result;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// An atom that would need quotes is a quoted string (tok822_quote_atom).
Token::Type atom_type(std::string_view text) {
  for (const char c : text) {
    if (c == ' ' || text::is_control(c) || is_operator(c)) return Token::quoted;
  }
  return Token::atom;
}

bool is_text(const Token& token) {
  return token.type == Token::atom || token.type == Token::quoted || token.type == Token::comment ||
         token.type == Token::literal || token.type == Token::address;
}

bool needs_space(const List& list, std::size_t at) {
  if (at + 1 >= list.size() || list[at].in_group) return false;
  const Token& next = list[at + 1];
  if (list[at].type == ',' || list[at].type == Token::start_group || next.type == '<') return true;
  return is_text(list[at]) && is_text(next);
}

/// The grouping of tok822_parse(3): from right to left, between the current node and `right`.
class Grouper {
 public:
  explicit Grouper(List tokens)
      : nodes_(std::make_move_iterator(tokens.begin()), std::make_move_iterator(tokens.end())) {
    nodes_.push_front({});
    nodes_.push_back({});
  }

  List run() {
    right_ = std::prev(nodes_.end());
    node_ = std::prev(right_);
    while (node_->type != Token::end) step();
    group(node_, false);
    nodes_.pop_front();
    nodes_.pop_back();
    return {std::make_move_iterator(nodes_.begin()), std::make_move_iterator(nodes_.end())};
  }

 private:
  using Node = std::list<Token>::iterator;

  void step() {
    switch (node_->type) {
      case Token::comment:
        return move_comment();
      case ';':
        group(node_, true);
        right_ = node_;
        in_group_ = word_expected_ = true;
        break;
      case '>':
        return bracketed();
      case Token::atom:
      case Token::quoted:
      case Token::literal:
        if (!word_expected_) {
          group(node_, true);
          right_ = std::next(node_);
        }
        word_expected_ = false;
        break;
      case ',':
        group(node_, false);
        right_ = node_;
        word_expected_ = true;
        break;
      case ':':
        if (in_group_) return named_group();
        [[fallthrough]];
      default:
        word_expected_ = true;
    }
    --node_;
  }

  void named_group() {
    node_->type = Token::start_group;
    group(node_, false);
    while (node_->type != Token::end && node_->type != ',') --node_;
    right_ = node_;
  }

  void bracketed() {
    group(node_, true);
    right_ = node_;
    while (node_->type != Token::end && node_->type != '<') {
      if (node_->type == Token::comment) {
        move_comment();
      } else {
        --node_;
      }
    }
    group(node_, false);
    while (node_->type != Token::end && !ends_phrase(node_->type)) --node_;
    right_ = node_;
    word_expected_ = true;
  }

  static bool ends_phrase(std::uint16_t type) {
    return type == '>' || type == ';' || type == ',' || type == ':';
  }

  /// Puts the comment to the right of what is being looked at.
  void move_comment() {
    const Node moved = node_--;
    nodes_.splice(right_, nodes_, moved);
    right_ = moved;
  }

  /// Makes one address of the nodes between `left` and right_, with a comma before it if `comma`.
  void group(Node left, bool comma) {
    if (left == right_ || std::next(left) == right_) return;
    Token address = token(Token::address, "");
    address.children.reserve(static_cast<std::size_t>(std::distance(std::next(left), right_)));
    for (Node node = std::next(left); node != right_; node = nodes_.erase(node)) {
      address.children.push_back(std::move(*node));
      address.children.back().in_group = true;
    }
    if (comma) nodes_.insert(right_, token(','));
    nodes_.insert(right_, std::move(address));
  }

  std::list<Token> nodes_;
  Node node_;
  Node right_;
  bool word_expected_ = true;
  bool in_group_ = false;
};

void append_internal(const Token& token, std::string& result) {
  switch (token.type) {
    case Token::address:
      result += internalize(token.children);
      return;
    case Token::comment:
    case Token::atom:
    case Token::quoted:
      result += token.text;
      return;
    case Token::literal:
      result.append("[").append(token.text).append("]");
      return;
    case Token::start_group:
      result += ':';
      return;
    default:
      result += static_cast<char>(token.type);
  }
}

/// domain!user to user@domain.
void swap_bang(List& list, std::size_t bang) {
  List result(list.begin() + static_cast<std::ptrdiff_t>(bang) + 1, list.end());
  const bool in_group = bang == 0 || list.front().in_group;
  result.push_back(token('@'));
  for (Token& token : result) token.in_group = in_group;
  result.insert(result.end(), list.begin(), list.begin() + static_cast<std::ptrdiff_t>(bang));
  list = std::move(result);
}

/// Address forms without '@'.
void add_domain(List& list, const RewriteRules& rules) {
  const std::size_t bang = rules.swap_bangpath ? find(list, '!') : npos;
  const std::size_t percent = rules.percent_hack ? rfind(list, '%') : npos;
  if (bang != npos) {
    swap_bang(list, bang);
  } else if (percent != npos) {
    list[percent].type = '@';
  } else if (rules.append_at_myorigin && !rules.origin.empty()) {
    append(list, {token('@')});
    append(list, scan(rules.origin));
  }
}

bool lacks_domain_suffix(const List& list) {
  const std::size_t at = rfind(list, '@');
  return at != npos && at + 1 != list.size() && find(list, Token::literal, at) == npos &&
         find(list, '.', at) == npos;
}

}  // namespace

Token token(char op) { return {static_cast<unsigned char>(op), {}, {}, false}; }

Token token(Token::Type type, std::string_view text) {
  return {type, std::string(text), {}, false};
}

List scan(std::string_view external) {
  constexpr std::size_t most = 12;
  List list;
  list.reserve(std::min(external.size(), most));  // more than most addresses have
  Collector in(external);
  while (!in.done()) {
    const char c = in.next();
    if (text::is_blank_or_line_end(c)) continue;
    if (c == '(') {
      list.push_back(token(Token::comment, in.comment()));
    } else if (c == '[') {
      list.push_back(token(Token::literal, in.collect_to(']')));
    } else if (c == '"') {
      list.push_back(token(Token::quoted, in.collect_to('"')));
    } else if (c != '\\' && is_operator(c)) {
      list.push_back(token(c));
    } else {
      in.back();
      const std::string text =
          in.collect([](char d) { return !text::is_blank_or_line_end(d) && !is_operator(d); });
      list.push_back(token(atom_type(text), text));
    }
  }
  return list;
}

List parse(std::string_view external) {
  List list = scan(external);
  return list.empty() ? list : Grouper(std::move(list)).run();
}

std::string internalize(const List& list) {
  std::string result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    append_internal(list[i], result);
    if (needs_space(list, i)) result += ' ';
  }
  return result;
}

std::string externalize_address(const List& list) { return quote_local_part(internalize(list)); }

std::size_t find(const List& list, std::uint16_t type, std::size_t from) {
  for (std::size_t i = from; i < list.size(); ++i) {
    if (list[i].type == type) return i;
  }
  return npos;
}

std::size_t rfind(const List& list, std::uint16_t type) {
  for (std::size_t i = list.size(); i-- > 0;) {
    if (list[i].type == type) return i;
  }
  return npos;
}

void append(List& list, List added) {
  const bool in_group = list.empty() || list.back().in_group;
  for (Token& token : added) {
    token.in_group = in_group;
    list.push_back(std::move(token));
  }
}

void rewrite(List& list, const RewriteRules& rules) {
  if (list.size() == 1 && list[0].type == Token::quoted && list[0].text.empty()) return;
  if (list.size() == 1 && list[0].type == '@') {
    list[0] = token(Token::quoted, "");
    return;
  }
  const std::size_t colon = list[0].type == '@' ? find(list, ':') : npos;
  if (colon != npos && colon + 1 != list.size()) {
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(colon) + 1);
  }
  if (rfind(list, '@') == npos) add_domain(list, rules);
  if (rules.append_dot_mydomain && !rules.domain.empty() && lacks_domain_suffix(list)) {
    append(list, {token('.')});
    append(list, scan(rules.domain));
  }
  const std::size_t size = list.size();
  if (size > 1 && list[size - 1].type == '.' && list[size - 2].type != '.' &&
      list[size - 2].type != '@') {
    list.pop_back();
  }
}

}  // namespace postlint::smtpd::tokens
