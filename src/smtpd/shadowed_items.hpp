#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/text/span.hpp"

namespace postlint::smtpd {

/// An item of a restriction list with its argument, by the numbers of its first and last word.
struct ListItem {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  bool operator==(const ListItem&) const = default;
};

/// An item that has no say: whatever it would decide, items before it in the same list decide.
struct ShadowedItem {
  ListItem item;
  /// Those that decide instead, in the order of the list.
  std::vector<ListItem> shadowed_by;
  /// A request that the item would decide. Nothing: the item stands in the list a second time.
  std::optional<Request> witness;
  /// No request at all comes as far as the item.
  bool never_asked = false;
  /// They permit what it would permit, or refuse what it would refuse.
  bool same_outcome = true;
};

/// The items of a list that are shadowed, as symbolic evaluation of the list by itself proves: for
/// clients of all kinds, with a login and without, and destinations of all classes. Left out are
/// those behind `permit`, `reject` and the like, and all of which it is not certain. The server
/// starts (see Server::fatal()), and the list is evaluated at RCPT.
std::vector<ShadowedItem> shadowed_items(const Server& server, ListName list);

}  // namespace postlint::smtpd
