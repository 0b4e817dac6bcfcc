#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/server.hpp"
#include "src/smtpd/trace.hpp"

namespace postlint::smtpd {

/// A reply without its code and enhanced status.
std::string_view reply_text(std::string_view reply);

/// Where the list or class that a step names was set: "main.cf", "master.cf -o", "default 3.7".
std::string origin_text(const Server& server, const std::string& parameter);

/// The items of the service's restriction lists that can form a reply with this text, by the words
/// that each keyword uses (smtpd_check.c) and by the results of access tables; in list order.
std::vector<Decision> reply_producers(const Server& server, std::string_view text);

}  // namespace postlint::smtpd
