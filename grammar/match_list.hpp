#pragma once

#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// One pattern of a match list (match_list(3): mynetworks, mydestination, relay_domains, ...).
struct MatchItem {
  enum class Kind : std::uint8_t {
    literal,    // a name or address, compared as text
    network,    // characters of an address with ':' or '/': see parse_network()
    file,       // /file/name: its lines are read in place
    table,      // type:table, which takes in IPv6 addresses without brackets
    no_pattern  // nothing but '!': the program dies at its start
  };
  Range range;    // with the '!'
  Range pattern;  // without
  Kind kind = Kind::literal;
  bool negated = false;  // after an odd number of '!'
};

struct MatchList {
  std::vector<MatchItem> items;
  /// From a word that starts with '#' to the end: Postfix warns and ignores it.
  Range comment;
  /// See WordList.
  Range unclosed;
};

MatchList parse_match_list(std::string_view text);

}  // namespace postlint::grammar
