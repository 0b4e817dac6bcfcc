#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postlint::smtpd {

/// Strings that a regular expression (POSIX extended or PCRE) probably matches: one for each of its
/// alternatives, without what an unanchored pattern leaves open at its ends. Whoever uses them asks
/// the expression; back references and assertions are left out of account. `limit`: at most so
/// many.
std::vector<std::string> sample_matches(std::string_view pattern, std::size_t limit);

}  // namespace postlint::smtpd
