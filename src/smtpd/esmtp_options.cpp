#include "src/smtpd/esmtp_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::string_view no_dsn = "501 5.7.1 DSN support is disabled";

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The value of "NAME=value", if it is that option.
std::optional<std::string_view> value_of(std::string_view option, std::string_view name) {
  if (option.size() < name.size() || !same_word(option.substr(0, name.size()), name))
    return std::nullopt;
  return option.substr(name.size());
}

std::string unsupported(std::string_view option) {
  return "555 5.5.4 Unsupported option: " + std::string(option);
}

using text::is_digit;

std::string read_size(std::string_view value, MailOptions& options) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit))
    return "501 5.5.4 Bad message size syntax";
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
  if (error != std::errc{}) return "552 5.3.4 Message size exceeds file system imposed limit";
  options.size = size;
  return {};
}

/// RFC 3461 has no lower case here.
bool is_xtext_hex(char c) { return is_digit(c) || (c >= 'A' && c <= 'F'); }

/// xtext_unquote(3), whose result has to be printable.
bool valid_xtext(std::string_view text, bool printable) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '+') continue;
    if (i + 2 >= text.size() || !is_xtext_hex(text[i + 1]) || !is_xtext_hex(text[i + 2]))
      return false;
    if (printable && (text[i + 1] < '2' || text[i + 1] > '7')) return false;
    i += 2;
  }
  return !printable || std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

/// dsn_notify_mask().
bool valid_notify(std::string_view value) {
  constexpr std::array<std::string_view, 4> names{"NEVER", "SUCCESS", "FAILURE", "DELAY"};
  bool never = false;
  bool other = false;
  for (const std::string_view word : split(value, ", \t\r\n")) {
    const auto known = std::find_if(names.begin(), names.end(),
                                    [&](std::string_view name) { return same_word(word, name); });
    if (known == names.end()) return false;
    (known == names.begin() ? never : other) = true;
  }
  return never != other;
}

bool valid_original_recipient(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  return semicolon != std::string_view::npos && semicolon > 0 &&
         valid_xtext(value.substr(semicolon + 1), false);
}

/// The reply to one option of MAIL; empty: it is good.
std::string read_mail_option(std::string_view option, OfferedExtensions offered,
                             MailOptions& options) {
  if (same_word(option, "BODY=8BITMIME") || same_word(option, "BODY=7BIT")) return {};
  if (const auto size = value_of(option, "SIZE=")) return read_size(*size, options);
  if (offered.utf8 && same_word(option, "SMTPUTF8")) return options.smtputf8 = true, "";
  if (value_of(option, "AUTH=")) return {};
  if (const auto value = value_of(option, "RET=")) {
    if (!offered.dsn) return std::string(no_dsn);
    const bool good = same_word(*value, "FULL") || same_word(*value, "HDRS");
    return good ? "" : "501 5.5.4 Bad RET parameter syntax";
  }
  if (const auto value = value_of(option, "ENVID=")) {
    if (!offered.dsn) return std::string(no_dsn);
    return valid_xtext(*value, true) ? "" : "501 5.5.4 Bad ENVID parameter syntax";
  }
  return unsupported(option);
}

std::string read_recipient_option(std::string_view option, OfferedExtensions offered) {
  const auto notify = value_of(option, "NOTIFY=");
  const auto original = value_of(option, "ORCPT=");
  if (!notify && !original) return unsupported(option);
  if (!offered.dsn) return std::string(no_dsn);
  if (notify) return valid_notify(*notify) ? "" : "501 5.5.4 Error: Bad NOTIFY parameter syntax";
  return valid_original_recipient(*original) ? "" : "501 5.5.4 Error: Bad ORCPT parameter syntax";
}

}  // namespace

MailOptions parse_mail_options(std::string_view rest, OfferedExtensions offered) {
  MailOptions options;
  for (const std::string_view option : split(rest, " \t")) {
    options.refusal = read_mail_option(option, offered, options);
    options.option = option;
    if (!options.refusal.empty()) break;
  }
  // smtpd looks for SMTPUTF8 before it looks at the address.
  for (const std::string_view option : split(rest, " \t"))
    if (offered.utf8 && same_word(option, "SMTPUTF8")) options.smtputf8 = true;
  return options;
}

RecipientOptions parse_recipient_options(std::string_view rest, OfferedExtensions offered) {
  for (const std::string_view option : split(rest, " \t")) {
    std::string refusal = read_recipient_option(option, offered);
    if (!refusal.empty()) return {std::string(option), std::move(refusal)};
  }
  return {};
}

}  // namespace postlint::smtpd
