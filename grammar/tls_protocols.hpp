#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// The protocols that Postfix knows, oldest first; the value is the bit in the masks.
enum class TlsProtocol : std::uint8_t {
  ssl2 = 1 << 0,
  ssl3 = 1 << 1,
  tls1_0 = 1 << 2,
  tls1_1 = 1 << 3,
  tls1_2 = 1 << 4,
  tls1_3 = 1 << 5
};

/// One word of a TLS protocol list.
struct TlsProtocolItem {
  enum class Kind : std::uint8_t {
    include,  // NAME
    exclude,  // !NAME
    floor,    // >=NAME or >=hex; a lone ">=" is the floor 0, which means none
    ceiling,  // <=NAME or <=hex
    bad       // unknown: the whole list is invalid, and TLS is off
  };
  Range range;
  Range name;  // without the operator
  Kind kind = Kind::bad;
  std::optional<TlsProtocol> protocol;  // of include and exclude
  std::int32_t version = 0;             // of floor and ceiling: 0x0304 is TLSv1.3
};

struct TlsProtocols {
  std::vector<TlsProtocolItem> items;
  bool valid = true;
  std::uint8_t include = 0;  // masks of TlsProtocol
  std::uint8_t exclude = 0;
  std::int32_t floor = 0;  // the last of each; 0: none
  std::int32_t ceiling = 0;

  /// Does the list let the protocol through? One NAME without '!' shuts out all that are not named,
  /// however high they are.
  [[nodiscard]] bool allows(TlsProtocol protocol) const;
};

/// A list such as smtpd_tls_protocols (tls_proto_mask_lims(3)): words separated by comma, blanks
/// and ':', in any case. `limits`: the release knows >= and <= (3.6); earlier ones take such words
/// for unknown names.
TlsProtocols parse_tls_protocols(std::string_view text, bool limits);

}  // namespace postlint::grammar
