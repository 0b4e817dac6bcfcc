#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace postlint::smtpd {

/// d.d.d.d where each d is a number or [number;from..to;...]: the reply filter of DNS lists
/// (ip_match(3)).
class AddressPattern {
 public:
  /// Nothing: bad syntax, of which the daemon dies.
  static std::optional<AddressPattern> parse(std::string_view text);
  /// `address`: dotted quad.
  [[nodiscard]] bool matches(std::string_view address) const;

 private:
  struct Interval {
    int from;
    int to;
  };
  std::array<std::vector<Interval>, 4> octets_;
};

}  // namespace postlint::smtpd
