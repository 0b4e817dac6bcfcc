#pragma once

#include <string>
#include <string_view>

namespace postlint::smtpd {

/// Full case folding of UTF-8 text (CaseFolding.txt of Unicode 14, statuses C and F), as ICU does
/// it for Postfix. Bytes that are no UTF-8 are kept.
std::string unicode_fold(std::string_view text);

}  // namespace postlint::smtpd
