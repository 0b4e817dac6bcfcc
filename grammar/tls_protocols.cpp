#include "grammar/tls_protocols.hpp"

#include <array>
#include <limits>

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {
namespace {

using x3p::any, x3p::keyword, x3p::some, x3p::span;

constexpr x3p::CharClass protocol_separators{", \t\r\n:"};
constexpr x3p::CharClass protocol_chars = ~protocol_separators;
constexpr x3p::CharClass plus{"+"};
constexpr x3p::CharClass hex_digits{"0123456789abcdefABCDEF"};
constexpr auto protocol_words = *(any(protocol_separators) >> span[some(protocol_chars)]) >>
                                any(protocol_separators);
/// What strtoul(3) with base 16 takes, if that is all of the text.
constexpr auto hex_number = any(x3p::spaces) >> -x3p::one(plus) >>
                            -(keyword("0x") >> &x3p::one(hex_digits)) >> span[some(hex_digits)];

struct Known {
  std::string_view name;  // lower case
  TlsProtocol protocol;
  std::int32_t version;  // 0: no name of a floor or ceiling
};
constexpr std::array<Known, 6> known{{{"sslv2", TlsProtocol::ssl2, 0},
                                      {"sslv3", TlsProtocol::ssl3, 0x300},
                                      {"tlsv1", TlsProtocol::tls1_0, 0x301},
                                      {"tlsv1.1", TlsProtocol::tls1_1, 0x302},
                                      {"tlsv1.2", TlsProtocol::tls1_2, 0x303},
                                      {"tlsv1.3", TlsProtocol::tls1_3, 0x304}}};

const Known* find_known(std::string_view text, Range name) {
  for (const Known& candidate : known) {
    if (x3p::parse(text, name, keyword(candidate.name))) return &candidate;
  }
  return nullptr;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

/// parse_tls_version() of tls_misc.c.
std::optional<std::int32_t> version_of(std::string_view text, Range name) {
  if (name.empty() || x3p::parse(text, name, keyword("none"))) return 0;
  const Known* named = find_known(text, name);
  if (named != nullptr && named->version != 0) return named->version;
  Range number;
  if (!x3p::parse(text, name, hex_number, number)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text.substr(number.lo, number.size())) {
    value = value * 16 + hex_value(c);
    if (value > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  }
  return static_cast<std::int32_t>(value);
}

void read_limit(std::string_view text, TlsProtocolItem& item, TlsProtocols& list) {
  const bool floor = text[item.range.lo] == '>';
  item.name.lo = item.range.lo + 2;
  const std::optional<std::int32_t> version = version_of(text, item.name);
  if (!version) return;
  item.kind = floor ? TlsProtocolItem::Kind::floor : TlsProtocolItem::Kind::ceiling;
  item.version = *version;
  (floor ? list.floor : list.ceiling) = *version;
}

void read_name(std::string_view text, TlsProtocolItem& item, TlsProtocols& list) {
  const bool exclude = text[item.range.lo] == '!';
  if (exclude) ++item.name.lo;
  const Known* named = find_known(text, item.name);
  if (named == nullptr) return;
  item.kind = exclude ? TlsProtocolItem::Kind::exclude : TlsProtocolItem::Kind::include;
  item.protocol = named->protocol;
  std::uint8_t& mask = exclude ? list.exclude : list.include;
  mask = static_cast<std::uint8_t>(mask | static_cast<std::uint8_t>(named->protocol));
}

}  // namespace

bool TlsProtocols::allows(TlsProtocol protocol) const {
  const auto bit = static_cast<std::uint8_t>(protocol);
  std::int32_t version = 0;
  for (const Known& candidate : known) {
    if (candidate.protocol == protocol) version = candidate.version;
  }
  if (!valid || (exclude & bit) != 0) return false;
  if (include != 0 && (include & bit) == 0) return false;
  return version >= floor && (ceiling == 0 || version <= ceiling);
}

TlsProtocols parse_tls_protocols(std::string_view text, bool limits) {
  std::vector<Range> ranges;
  x3p::parse(text, protocol_words, ranges);
  TlsProtocols list;
  for (const Range range : ranges) {
    TlsProtocolItem item{.range = range, .name = range, .protocol = {}};
    const std::string_view start = text.substr(range.lo, range.size()).substr(0, 2);
    if (limits && (start == ">=" || start == "<=")) {
      read_limit(text, item, list);
    } else {
      read_name(text, item, list);
    }
    if (item.kind == TlsProtocolItem::Kind::bad) list.valid = false;
    list.items.push_back(item);
  }
  return list;
}

}  // namespace postlint::grammar
