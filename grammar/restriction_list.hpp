#pragma once

#include <string_view>
#include <vector>

#include "grammar/ast.hpp"

namespace postlint::grammar {

/// Words of a restriction list, a list of maps, milters and such: separated by comma, SP, HT, CR
/// and LF outside braces (mystrtokq(3) with CHARS_COMMA_SP). VT and FF belong to words.
WordList parse_restriction_list(std::string_view text);

/// Arguments of a master.cf command: as above, but a comma separates nothing.
WordList parse_arguments(std::string_view text);

/// Words of the lists for which braces mean nothing: smtpd_restriction_classes, masquerade_domains,
/// inet_interfaces, enumerations (mystrtok(3) with CHARS_COMMA_SP).
std::vector<Range> parse_plain_list(std::string_view text);
/// The words themselves.
std::vector<std::string_view> plain_words(std::string_view text);

/// { text }: the payload without the white space at its ends if `strip` (extpar(3)).
Braced parse_braced(std::string_view text, bool strip = true);

/// name = value, or { name = value } (split_nameval(3) after extpar(3)).
Attribute parse_attribute(std::string_view text);

}  // namespace postlint::grammar
