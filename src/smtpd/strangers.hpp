#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/server.hpp"

namespace postlint::smtpd {

/// Can hosts all over the Internet connect? Not to UNIX-domain sockets, nor where the service is
/// bound to loopback or private addresses alone.
bool strangers_can_connect(const model::Service& service);

/// Whether something holds for all public addresses.
struct Everybody {
  bool ipv4 = false;
  bool ipv6 = false;

  [[nodiscard]] bool any() const { return ipv4 || ipv6; }
};
/// Puts addresses from all over the Internet to the test.
Everybody everybody(const std::function<bool(const std::string& address)>& holds);
/// "everybody", "every IPv4 host", "every IPv6 host".
std::string_view name_of(Everybody who);

/// What becomes of an ordinary mail of a stranger without a login. What is not known says nothing
/// of it: unread tables have no entry, policy services answer DUNNO.
struct StrangersMail {
  bool to_user = false;              // accepted for a user of a domain of this host
  bool to_foreign = false;           // accepted for a foreign destination
  std::vector<std::string> assumes;  // for the former: "hash:/x has no entry for it"
};
StrangersMail strangers_mail(const Server& server);

}  // namespace postlint::smtpd
