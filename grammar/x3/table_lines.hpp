#pragma once

#include "grammar/x3/primitives.hpp"

/// What the lines of cidr, regexp and pcre tables have in common.
namespace postlint::grammar::x3p {

inline constexpr CharClass negation_chars = spaces | CharClass{"!"};
inline constexpr auto negations = any(negation_chars);
inline constexpr auto word_end = !one(alnums);
inline constexpr auto endif_line = keyword("endif") >> word_end >> blank >> span[rest];

}  // namespace postlint::grammar::x3p
