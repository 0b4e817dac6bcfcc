#pragma once

#include <string>
#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::engine {

/// A list in the DNS that a restriction or postscreen(8) asks.
struct DnsblUse {
  text::MappedView word;                   // domain=codes, for postscreen with its *weight
  std::string zone;                        // the domain, in lower case
  bool filtered = false;                   // =codes: other answers do not count
  int weight = 1;                          // of postscreen
  const database::Dnsbl* known = nullptr;  // null: a list that the database does not have
  const RestrictionItem* item = nullptr;   // null: postscreen_dnsbl_sites

  [[nodiscard]] std::string_view keyword() const {
    return item != nullptr ? item->restriction->canonical : "postscreen_dnsbl_sites";
  }
};

/// The lists that a restriction list asks, as far as smtpd comes to them.
std::vector<DnsblUse> dnsbl_uses(const RestrictionList& list, Sink& sink);
/// Those of postscreen_dnsbl_sites; none where no postscreen service runs.
std::vector<DnsblUse> dnsbl_uses(const Assignment& assignment, Sink& sink);

}  // namespace postlint::engine
