#include "src/smtpd/address_pattern.hpp"

namespace postlint::smtpd {
namespace {

/// Takes a number of 0 to 255 from the front.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && value <= 255)
    value = value * 10 + (text[digits++] - '0');
  if (digits == 0 || value > 255) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

std::optional<AddressPattern> AddressPattern::parse(std::string_view text) {
  AddressPattern pattern;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && !take(text, ".")) return std::nullopt;
    const bool set = take(text, "[");
    do {
      const auto from = take_number(text);
      if (!from) return std::nullopt;
      std::optional<int> to = from;
      if (set && take(text, "..")) to = take_number(text);
      if (!to || *to < *from) return std::nullopt;
      pattern.octets_[i].push_back({*from, *to});
    } while (set && take(text, ";"));
    if (set && !take(text, "]")) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return pattern;
}

bool AddressPattern::matches(std::string_view address) const {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && !take(address, ".")) return false;
    const auto octet = take_number(address);
    if (!octet) return false;
    bool found = false;
    for (const Interval& interval : octets_[i])
      found = found || (*octet >= interval.from && *octet <= interval.to);
    if (!found) return false;
  }
  return address.empty();
}

}  // namespace postlint::smtpd
