#include "src/smtpd/reply.hpp"

#include <algorithm>
#include <array>

#include "src/text/ascii.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::size_t reply_limit = 510;  // RFC 5321, without CR LF

using text::is_digit;

std::size_t digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && text::is_space(text.front())) text.remove_prefix(1);
  return text;
}

struct DsnMapping {
  std::string_view detail;
  std::string_view sender;
  std::string_view recipient;
};
// smtpd_dsn_fix.c
constexpr std::array<DsnMapping, 8> dsn_map{{{"1", "4.1.7", "4.1.1"},
                                             {"2", "4.1.8", "4.1.2"},
                                             {"3", "4.1.7", "4.1.3"},
                                             {"4", "4.1.7", "4.1.4"},
                                             {"5", "4.1.0", "4.1.5"},
                                             {"6", "4.1.7", "4.1.6"},
                                             {"7", "4.1.7", "4.1.3"},
                                             {"8", "4.1.8", "4.1.2"}}};

}  // namespace

std::size_t dsn_length(std::string_view text) {
  if (text.size() < 5 || text[1] != '.') return 0;
  if (text[0] != '2' && text[0] != '4' && text[0] != '5') return 0;
  const std::size_t subject = digits(text.substr(2));
  const std::size_t dot = 2 + subject;
  if (subject < 1 || subject > 3 || dot >= text.size() || text[dot] != '.') return 0;
  const std::size_t detail = digits(text.substr(dot + 1));
  const std::size_t end = dot + 1 + detail;
  if (detail < 1 || detail > 3) return 0;
  return end == text.size() || text::is_space(text[end]) ? end : 0;
}

DsnText split_dsn(std::string_view default_dsn, std::string_view text) {
  text = skip_space(text);
  const std::size_t length = dsn_length(text);
  if (length == 0) return {std::string(default_dsn), text};
  return {std::string(text.substr(0, length)), skip_space(text.substr(length))};
}

std::string fix_dsn(std::string_view dsn, std::string_view reply_class) {
  if (dsn.size() < 4 || !is_digit(dsn[0]) || dsn.substr(1, 3) != ".1.") return std::string(dsn);
  const bool sender = reply_class == "Sender address";
  if (!sender && reply_class != "Recipient address") return "4.0.0";
  for (const DsnMapping& entry : dsn_map)
    if (dsn.substr(4) == entry.detail) return std::string(sender ? entry.sender : entry.recipient);
  return "4.1.0";
}

std::string printable(std::string_view text, char replacement, bool utf8) {
  std::string out(text);
  const auto byte = [&](std::size_t i) {
    return i < out.size() ? static_cast<unsigned char>(out[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return byte(i) >= 128 && byte(i) < 192; };
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (byte(i) >= 0x20 && byte(i) < 0x7f) continue;
    if (utf8 && byte(i) >= 194 && byte(i) <= 254 && follows(i + 1)) {
      while (follows(i + 1)) ++i;
    } else {
      out[i] = replacement;
    }
  }
  return out;
}

std::string format_reply(int code, std::string_view dsn, std::string_view text, bool utf8) {
  std::string reply = std::to_string(code) + ' ' + std::string(dsn) + ' ' + std::string(text);
  if (code < 400 || code > 599 || dsn_length(std::string_view(reply).substr(4)) == 0)
    reply = "450 4.7.1 Service unavailable";
  if (reply.size() > reply_limit) reply.resize(reply_limit);
  reply = printable(reply, ' ', utf8);
  return reply;
}

std::string soften_reply(std::string reply) {
  if (!reply.empty() && reply[0] == '5') {
    reply[0] = '4';
    if (reply.size() > 4 && reply[4] == '5') reply[4] = '4';
  }
  return reply;
}

}  // namespace postlint::smtpd
