#pragma once

#include <string>
#include <string_view>

#include "src/text/ascii.hpp"

namespace postlint::smtpd {

/// dsn_valid(3): the length of the enhanced status code at the start of the text, or 0.
std::size_t dsn_length(std::string_view text);

/// dsn_split(3): "5.1.1 text" or "text" with a default status.
struct DsnText {
  std::string dsn;
  std::string_view text;
};
DsnText split_dsn(std::string_view default_dsn, std::string_view text);

/// smtpd_dsn_fix(): an address status (x.1.N) as it fits to what is being rejected ("Sender
/// address", "Recipient address", anything else).
std::string fix_dsn(std::string_view dsn, std::string_view reply_class);

/// printable(3): bytes that are neither printable ASCII nor (`utf8`) in a UTF-8 sequence are
/// replaced.
std::string printable(std::string_view text, char replacement, bool utf8);

/// "NNN D.S.N text" as smtpd_check_reject() forms and sends it: out-of-range codes, truncation and
/// the agreement of code and status included. `soft_bounce`: 5xx becomes 4xx.
std::string format_reply(int code, std::string_view dsn, std::string_view text, bool utf8);
std::string soften_reply(std::string reply);

using text::all_digits;
using text::same_word;

}  // namespace postlint::smtpd
