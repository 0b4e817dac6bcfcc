#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/model/effective_config.hpp"

namespace postlint::smtpd {

/// ASCII letters to lower case; with `utf8` also the others, as casefold(3) of Postfix does.
std::string casefold(std::string_view text, bool utf8);

/// Internal form to external form: the local part is quoted where RFC 5321 asks for it
/// (quote_822_local(3) with QUOTE_FLAG_DEFAULT). `bare_local_part`: there is no domain.
std::string quote_local_part(std::string_view internal, bool bare_local_part = false);
/// External form to internal form (unquote_822_local(3)).
std::string unquote_local_part(std::string_view external);

/// How addresses are completed: trivial-rewrite(8) with the parameters of its own process.
struct RewriteRules {
  bool swap_bangpath = true;
  bool percent_hack = true;
  bool append_at_myorigin = true;
  bool append_dot_mydomain = false;
  std::string origin;  // $myorigin
  std::string domain;  // $mydomain

  /// The local context.
  static RewriteRules local(const model::EffectiveConfig& rewrite_config);
};

/// rewrite_clnt(3): external form in, external form out.
std::string rewrite_external(std::string_view external, const RewriteRules& rules);
/// rewrite_clnt_internal(3): internal form in, internal form out.
std::string rewrite_internal(std::string_view internal, const RewriteRules& rules);

/// The address that smtpd(8) takes out of the argument of MAIL FROM: or RCPT TO:.
struct ExtractedAddress {
  bool valid = false;    // false: 501 5.1.7 or 501 5.1.3 (smtpd_check_addr comes after this)
  std::string internal;  // internal form
};

/// The argument as a command token: smtpd_token(3) splits "FROM:<a b> SIZE=1" at blanks outside
/// quotes and brackets. `argument`: all text after "MAIL FROM:" or "RCPT TO:".
struct CommandArgument {
  std::string address;   // external form, as extract_addr sees it
  std::string rest;      // the ESMTP parameters
  bool error = false;    // SMTPD_TOK_ERROR: unbalanced brackets: 501
  bool missing = false;  // no address at all: 501 5.5.4 Syntax
};
CommandArgument split_command_argument(std::string_view argument);

/// extract_addr() of smtpd.c, without its last check (resolving the address, see Resolver).
/// `strict`: strict_rfc821_envelopes.
ExtractedAddress extract_address(std::string_view argument, bool allow_empty, bool strict);

/// user+extension split at the first of the delimiters (split_addr(3)); the length of the user
/// part, or nothing where there is no extension. `delimiters`: $recipient_delimiter.
std::optional<std::size_t> split_extension(std::string_view local_part, std::string_view delimiters,
                                           const model::EffectiveConfig& config);
/// strip_addr(3): the address without its extension; nothing where it has none.
std::optional<std::string> strip_extension(std::string_view address,
                                           const model::EffectiveConfig& config);

/// What stands behind the last '@'; empty, or the whole address, where there is none.
std::string_view domain_of(std::string_view address);
std::string_view domain_or_all(std::string_view address);

/// valid_hostname(3), valid_hostaddr(3), valid_mailhost_literal(3), without their log messages.
bool valid_hostname(std::string_view name);
bool valid_utf8_hostname(std::string_view name, bool utf8);
bool valid_ipv4_address(std::string_view address);
bool valid_ipv6_address(std::string_view address);
bool valid_host_address(std::string_view address);
/// The address in "1.2.3.4" or "IPv6:::1" (valid_mailhost_addr(3)); nothing where it is none.
std::optional<std::string_view> literal_address(std::string_view literal);
/// "[1.2.3.4]" or "[IPv6:::1]".
bool valid_address_literal(std::string_view literal);
bool valid_utf8(std::string_view text);

}  // namespace postlint::smtpd
