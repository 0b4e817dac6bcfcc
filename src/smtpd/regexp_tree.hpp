#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace postlint::smtpd {

/// A regular expression as a tree: what POSIX extended expressions and PCRE have in common.
struct RegexpNode {
  enum class Kind : std::uint8_t { set, sequence, choice, start, end };
  Kind kind = Kind::sequence;
  std::bitset<256> set;
  std::vector<RegexpNode> children;
  int least = 1;  // repetitions
  int most = 1;   // unbounded_repetition: any number
};
inline constexpr int unbounded_repetition = 1000;

struct RegexpTree {
  RegexpNode root;
  /// False: something is left out (look-around, back references, word boundaries, inner flags).
  bool exact = true;
};

RegexpTree parse_regexp_tree(std::string_view pattern);

}  // namespace postlint::smtpd
