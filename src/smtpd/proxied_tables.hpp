#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"

namespace postlint::smtpd {

/// What proxymap(8) may open for others: the tables behind a "proxy:" in proxy_read_maps of the
/// proxymap service; from Postfix 3.11 on also those of restriction classes, and of files that the
/// list names (authorize_proxied_maps() of proxymap.c).
class ProxiedTables {
 public:
  explicit ProxiedTables(const model::Workspace& workspace);

  /// `name`: what stands behind "proxy:". True also where a file that proxy_read_maps names is not
  /// here, and may allow it.
  [[nodiscard]] bool allow(std::string_view name);

 private:
  void read_next();
  void read_whole();
  void add_list(std::string_view list, int depth = 0);
  void add_word(std::string_view word, int depth);
  void add_file(std::string_view path, int depth);
  void add_classes();
  [[nodiscard]] bool reads_more() const;

  const model::Workspace& workspace_;
  const model::EffectiveConfig& config_;
  // By default the list refers to some sixty parameters, of which the first answers most questions.
  std::string_view raw_;
  std::vector<text::Range> unread_;  // words of raw_, the next one last
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> files_;  // read already: a file may name itself
  bool complete_ = true;
};

/// What a service with this name sees: main.cf, and the -o of its entry.
const model::EffectiveConfig& config_of_service(const model::Workspace& workspace,
                                                std::string_view name);

}  // namespace postlint::smtpd
