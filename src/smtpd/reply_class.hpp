#pragma once

#include <string>
#include <string_view>

namespace postlint::smtpd {

/// What replies are about (SMTPD_NAME_CLIENT and so on): "<name>: Client host rejected".
inline constexpr std::string_view client_class = "Client host";
inline constexpr std::string_view helo_class = "Helo command";
inline constexpr std::string_view sender_class = "Sender address";
inline constexpr std::string_view recipient_class = "Recipient address";

inline std::string angle(std::string_view name) { return "<" + std::string(name) + ">"; }

}  // namespace postlint::smtpd
