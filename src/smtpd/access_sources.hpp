#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/server.hpp"

namespace postlint::smtpd {

/// The words and tables of one service that look at each property of a request.
struct Sources {
  std::vector<const Maps*> clients, reverses, helos, senders, recipients;
  std::vector<const Maps*> exchangers;  // of check_..._{mx,ns,a}_access
  bool helo = false, sender = false, tls = false, backup = false, names = false, reverse = false;
  std::vector<std::string> zones;  // DNS lists
};

Sources find_sources(const Server& server);
/// Those of one list, and of all restriction classes.
Sources find_sources(const Server& server, ListName list);

/// Does a result of an access table refuse, or say nothing at all?
bool never_permits(std::string_view value);

}  // namespace postlint::smtpd
