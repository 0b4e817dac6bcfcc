#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postlint::smtpd {

/// What of the EHLO reply decides whether a parameter is known.
struct OfferedExtensions {
  bool utf8 = false;  // smtputf8_enable, and the keyword is not discarded
  bool dsn = false;   // the keyword is not discarded
};

/// Parameters of MAIL FROM, as mail_cmd() of smtpd(8) reads them.
struct MailOptions {
  std::optional<std::int64_t> size;
  bool smtputf8 = false;
  std::string option;   // that is refused
  std::string refusal;  // its reply; empty: all are good
};
/// `rest`: what follows the address.
MailOptions parse_mail_options(std::string_view rest, OfferedExtensions offered);

/// The reply to bad parameters of RCPT TO (rcpt_cmd()), and the parameter; nothing: all are good.
struct RecipientOptions {
  std::string option;
  std::string refusal;
};
RecipientOptions parse_recipient_options(std::string_view rest, OfferedExtensions offered);

}  // namespace postlint::smtpd
