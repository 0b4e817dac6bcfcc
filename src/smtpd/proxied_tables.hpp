#pragma once

#include <set>
#include <string>

#include "src/model/workspace.hpp"

namespace postlint::smtpd {

/// What proxymap(8) may open for others.
struct ProxiedTables {
  std::set<std::string, std::less<>> names;  // "mysql:/etc/postfix/x.cf", without proxy:
  /// False: a file that proxy_read_maps names is not here, and more may be allowed.
  bool complete = true;

  /// `name`: what stands behind "proxy:".
  [[nodiscard]] bool allow(std::string_view name) const;
};

/// The tables behind a "proxy:" in proxy_read_maps of the proxymap service; from Postfix 3.11 on
/// also those of restriction classes, and of files that the list names.
ProxiedTables proxied_tables(const model::Workspace& workspace);

/// What a service with this name sees: main.cf, and the -o of its entry.
const model::EffectiveConfig& config_of_service(const model::Workspace& workspace,
                                                std::string_view name);

}  // namespace postlint::smtpd
