#pragma once

#include <string>
#include <string_view>

namespace postlint::smtpd {

/// Can anybody register a name directly below it? Top-level domains that are delegated, and the
/// usual second levels of countries ("co.uk"). `domain`: in lower case.
bool is_public_suffix(std::string_view domain);

/// The part of a name that one has to own in order to own the name: "example.co.uk" of
/// "mail.example.co.uk". The name itself where it is no longer than that.
std::string_view registrable_domain(std::string_view name);

}  // namespace postlint::smtpd
