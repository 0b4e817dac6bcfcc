#include "src/smtpd/address.hpp"

#include <algorithm>
#include <array>

#include "src/smtpd/address_tokens.hpp"
#include "src/smtpd/case_fold.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::is_control, text::is_digit, text::is_hex, text::is_letter, text::is_space;
using text::npos;

constexpr std::array<bool, 256> dot_string_table = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = !is_control(static_cast<char>(i));
  for (const char c : std::string_view("()<>@,;:\\\"[] ")) table[text::byte(c)] = false;
  return table;
}();

/// is_822_dot_string(): atoms separated by dots.
bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != npos) return false;
  return std::all_of(local.begin(), local.end(),
                     [](char c) { return dot_string_table[text::byte(c)]; });
}

std::string quoted(std::string_view local) {
  std::string result = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\' || c == '\r') result += '\\';
    result += c;
  }
  return result + '"';
}

/// Length of a source route "@a,@b:" in front of an address.
std::size_t route_length(std::string_view address) {
  if (address.empty() || address.front() != '@') return 0;
  const std::size_t colon = address.find(':');
  return colon == npos ? 0 : colon + 1;
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return text::same_word(text.substr(0, prefix.size()), prefix);
}

/// Addresses that are never split (split_addr_internal).
bool is_unsplittable(std::string_view local, std::string_view delimiters,
                     const model::EffectiveConfig& config) {
  if (text::same_word(local, "postmaster") || text::same_word(local, "mailer-daemon")) {
    return true;
  }
  const bool utf8 = config.boolean("smtputf8_enable");
  if (casefold(local, utf8) == casefold(config.text("double_bounce_sender"), utf8)) return true;
  if (delimiters.find('-') == npos || !config.boolean("owner_request_special")) return false;
  constexpr std::string_view request = "-request";
  return starts_ignoring_case(local, "owner-") ||
         (local.size() > request.size() &&
          text::same_word(local.substr(local.size() - request.size()), request));
}

/// The tokenizer of SMTP commands (smtpd_token.c).
class CommandScanner {
 public:
  explicit CommandScanner(std::string_view text) : text_(text) {}

  /// False at the end of the input.
  bool next() {
    token_.clear();
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (is_space(c)) {
        skip_spaces();
        if (!token_.empty()) return true;
      } else if (c == '<') {
        nested(c, '>');
      } else if (c == '"') {
        nested(c, c);
      } else {
        token_ += c;
        if (c == '\\' && at_ < text_.size()) token_ += text_[at_++];
        if (c == ':' && is_verb()) return true;
      }
    }
    return !token_.empty();
  }

  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] bool error() const { return error_; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  /// A token "to:" or "from:" ends at its colon, wherever it stands.
  [[nodiscard]] bool is_verb() const {
    return starts_ignoring_case("to:", token_) || starts_ignoring_case("from:", token_);
  }

  /// <text> or "text", nested (smtp_quoted).
  void nested(char start, char last) {
    std::string stack(1, last);
    token_ += start;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      token_ += c;
      if (c == '\\') {
        if (at_ >= text_.size()) break;
        token_ += text_[at_++];
      } else if (c == stack.back()) {
        stack.pop_back();
        if (stack.empty()) return;
      } else if (c == '"') {
        stack += '"';
      } else if (c == '<' && stack.back() == '>') {
        stack += '>';
      }
    }
    error_ = true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string token_;
  bool error_ = false;
};

/// One label after the other; see valid_hostname().
struct HostnameState {
  std::size_t label = 0;
  bool non_numeric = false;

  bool accept(char c, char following) {
    constexpr std::size_t longest_label = 63;
    if (is_digit(c) || is_letter(c) || c == '_') {
      non_numeric = non_numeric || !is_digit(c);
      return ++label <= longest_label;
    }
    if (c == '.') {
      const bool placed = label != 0 && following != 0;
      label = 0;
      return placed;
    }
    if (c != '-') return false;
    non_numeric = true;
    return ++label != 1 && following != 0 && following != '.';
  }
};

std::size_t hex_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_hex) -
                                  text.begin());
}

/// Reads an address field by field, as valid_ipv6_hostaddr(3) does.
class Ipv6Validator {
 public:
  explicit Ipv6Validator(std::string_view address) : text_(address) {}

  bool run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '.') return ends_in_ipv4();
      if (!(c == ':' ? colon() : digits())) return false;
    }
    return field_ >= 2 && (length_ != 0 || null_field_ == field_ - 1);
  }

 private:
  [[nodiscard]] char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  [[nodiscard]] bool ends_in_ipv4() const {
    return field_ >= 2 && field_ <= 6 && valid_ipv4_address(text_.substr(at_ - length_));
  }

  bool colon() {
    const char following = peek(at_ + 1);
    if (field_ == 0 && length_ == 0 && (is_digit(following) || is_letter(following))) return false;
    if (++field_ > 7) return false;
    ++at_;
    length_ = 0;
    if (peek(at_) == ':') {
      if (null_field_ > 0) return false;
      null_field_ = field_;
    }
    return true;
  }

  bool digits() {
    length_ = hex_length(text_.substr(at_));
    at_ += length_;
    return length_ > 0 && length_ <= 4;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t length_ = 0;
  int field_ = 0;
  int null_field_ = 0;
};

/// Length of the UTF-8 character at the start of the text (RFC 3629); 0: none is well-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead < 0xc2   ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 0;
  if (size == 0 || text.size() < size) return 0;
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

std::string casefold(std::string_view text, bool utf8) {
  return utf8 && !text::all_ascii(text) ? unicode_fold(text) : text::lower(text);
}

std::string_view domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == npos ? std::string_view() : address.substr(at + 1);
}

std::string_view domain_or_all(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

std::string quote_local_part(std::string_view internal, bool bare_local_part) {
  const std::size_t start = route_length(internal);
  const std::size_t at = bare_local_part ? npos : internal.rfind('@');
  const std::size_t end = at == npos || at < start ? internal.size() : at;
  const std::string_view local = internal.substr(start, end - start);
  if (is_dot_string(local)) return std::string(internal);
  return std::string(internal.substr(0, start)) + quoted(local) + std::string(internal.substr(end));
}

std::string unquote_local_part(std::string_view external) {
  const std::size_t start = route_length(external);
  std::string result(external.substr(0, start));
  std::size_t bare_at = npos;         // in external
  std::size_t bare_at_in_result = 0;  // where it came to stand
  bool in_quotes = false;
  for (std::size_t i = start; i < external.size(); ++i) {
    if (external[i] == '"') {
      in_quotes = !in_quotes;
      continue;
    }
    if (external[i] == '@' && !in_quotes) {
      bare_at = i;
      bare_at_in_result = result.size();
    } else if (external[i] == '\\') {
      if (++i >= external.size()) break;
    }
    result += external[i];
  }
  if (bare_at == npos) return result;
  return result.substr(0, bare_at_in_result) + std::string(external.substr(bare_at));
}

RewriteRules RewriteRules::local(const model::EffectiveConfig& rewrite_config) {
  return {.swap_bangpath = rewrite_config.boolean("swap_bangpath"),
          .percent_hack = rewrite_config.boolean("allow_percent_hack"),
          .append_at_myorigin = rewrite_config.boolean("append_at_myorigin"),
          .append_dot_mydomain = rewrite_config.boolean("append_dot_mydomain"),
          .origin = std::string(rewrite_config.text("myorigin")),
          .domain = std::string(rewrite_config.text("mydomain"))};
}

std::string rewrite_external(std::string_view external, const RewriteRules& rules) {
  tokens::List list = tokens::scan(external);
  if (list.empty()) return std::string(external);
  tokens::rewrite(list, rules);
  return tokens::externalize_address(list);
}

namespace {

constexpr bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters, digits and single dots or hyphens between them.
bool is_plain(std::string_view words) {
  bool after_word = false;
  for (const char c : words) {
    const bool word = letter_or_digit(c);
    if (!word && (!after_word || (c != '.' && c != '-'))) return false;
    after_word = word;
  }
  return after_word;
}

/// user@host: the same in internal and external form.
bool is_plain_address(std::string_view address) {
  const std::size_t at = address.find('@');
  return at != npos && is_plain(address.substr(0, at)) && is_plain(address.substr(at + 1));
}

}  // namespace

std::string rewrite_internal(std::string_view internal, const RewriteRules& rules) {
  // No rule changes user@host.example.
  const bool complete = internal.find('.', internal.find('@') + 1) != npos;
  if (complete && is_plain_address(internal)) return std::string(internal);
  return unquote_local_part(rewrite_external(quote_local_part(internal), rules));
}

CommandArgument split_command_argument(std::string_view argument) {
  CommandScanner scanner(argument);
  CommandArgument result;
  result.missing = !scanner.next();
  result.address = scanner.token();
  result.error = scanner.error();
  result.rest = scanner.rest();
  return result;
}

namespace {

/// <user@host.example>: the address stands there in internal form already.
bool is_plain_path(std::string_view argument) {
  if (argument.size() < 5 || argument.front() != '<' || argument.back() != '>') return false;
  return is_plain_address(argument.substr(1, argument.size() - 2));
}

}  // namespace

ExtractedAddress extract_address(std::string_view argument, bool allow_empty, bool strict) {
  if (is_plain_path(argument)) return {true, std::string(argument.substr(1, argument.size() - 2))};
  std::string_view text = argument;
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') {
    text = text.substr(1, text.size() - 2);
  }
  text.remove_prefix(route_length(text));
  const tokens::List list = tokens::parse(text);
  const tokens::Token* address = nullptr;
  int addresses = 0;
  bool other_tokens = false;
  for (const tokens::Token& token : list) {
    if (token.type == tokens::Token::address) {
      address = &token;
      ++addresses;
    } else if (token.type != '<' && token.type != '>') {
      other_tokens = true;
    }
  }
  ExtractedAddress result;
  if (address != nullptr) result.internal = tokens::internalize(address->children);
  const bool bracketed = !argument.empty() && argument.front() == '<';
  result.valid = addresses <= 1 && !(strict && (other_tokens || !bracketed)) &&
                 (allow_empty || !result.internal.empty()) &&
                 !(strict && !result.internal.empty() && result.internal.front() == '@');
  return result;
}

std::optional<std::size_t> split_extension(std::string_view local_part, std::string_view delimiters,
                                           const model::EffectiveConfig& config) {
  const std::size_t length = local_part.find_first_of(delimiters);
  if (length == npos || length == 0 || is_unsplittable(local_part, delimiters, config)) return {};
  return length;
}

std::optional<std::string> strip_extension(std::string_view address,
                                           const model::EffectiveConfig& config) {
  const std::string_view delimiters = config.text("recipient_delimiter");
  if (address.find_first_of(delimiters) == npos) return {};
  const std::size_t at = address.rfind('@');
  const std::string_view local = address.substr(0, at);
  const std::optional<std::size_t> length = split_extension(local, delimiters, config);
  if (!length) return {};
  return std::string(address.substr(0, *length)) +
         std::string(at == npos ? std::string_view{} : address.substr(at));
}

bool valid_hostname(std::string_view name) {
  constexpr std::size_t longest_name = 255;
  HostnameState state;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!state.accept(name[i], i + 1 < name.size() ? name[i + 1] : '\0')) return false;
  }
  return state.non_numeric && name.size() <= longest_name;
}

bool valid_utf8_hostname(std::string_view name, bool utf8) {
  if (!utf8 || text::all_ascii(name)) return valid_hostname(name);
  // What IDNA makes of a non-ASCII label is a label of letters, digits and hyphens.
  std::string plain;
  for (const char c : name) {
    if (text::is_ascii(c)) {
      plain += c;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      plain += 'x';
    }
  }
  return valid_utf8(name) && valid_hostname(plain);
}

bool valid_ipv4_address(std::string_view address) {
  bool in_byte = false;
  int bytes = 0;
  int value = 0;
  const bool all_zero = address.find_first_not_of("0.") == npos;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (is_digit(address[i])) {
      if (!in_byte) {
        ++bytes;
        value = 0;
        in_byte = true;
      }
      value = value * 10 + (address[i] - '0');
      if (value > 255) return false;
    } else if (address[i] == '.') {
      if (!in_byte || i + 1 == address.size()) return false;
      if (bytes == 1 && value == 0 && !all_zero) return false;
      in_byte = false;
    } else {
      return false;
    }
  }
  return bytes == 4;
}

bool valid_ipv6_address(std::string_view address) { return Ipv6Validator(address).run(); }

bool valid_host_address(std::string_view address) {
  return address.find(':') != npos ? valid_ipv6_address(address) : valid_ipv4_address(address);
}

std::optional<std::string_view> literal_address(std::string_view literal) {
  constexpr std::string_view prefix = "IPv6:";
  if (starts_ignoring_case(literal, prefix)) {
    literal.remove_prefix(prefix.size());
    return valid_ipv6_address(literal) ? std::optional(literal) : std::nullopt;
  }
  return valid_ipv4_address(literal) ? std::optional(literal) : std::nullopt;
}

bool valid_address_literal(std::string_view literal) {
  constexpr std::size_t longest = 45;  // INET6_ADDRSTRLEN - 1, "IPv6:" counts
  const std::size_t end = literal.find(']');
  if (literal.empty() || literal.front() != '[' || end == npos) return false;
  return end + 1 == literal.size() && end - 1 <= longest &&
         literal_address(literal.substr(1, end - 1)).has_value();
}

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace postlint::smtpd
