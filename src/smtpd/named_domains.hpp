#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/smtpd/case_fold.hpp"
#include "src/smtpd/registrable_domain.hpp"

namespace postlint::smtpd {

/// The keys of tables and the words of lists, as far as they can be domains.
class NamedDomains {
 public:
  void add(std::string_view key) {
    const std::size_t at = key.rfind('@');
    if (at != std::string_view::npos) key.remove_prefix(at + 1);
    if (key.starts_with('.')) key.remove_prefix(1);
    if (!key.empty()) names_.emplace(casefold(key, false));
  }
  [[nodiscard]] bool names(std::string_view domain) const {
    while (!domain.empty()) {
      if (names_.contains(std::string(domain))) return true;
      const std::size_t dot = domain.find('.');
      if (dot == std::string_view::npos) break;
      domain.remove_prefix(dot + 1);
    }
    return false;
  }
  [[nodiscard]] bool exactly(std::string_view domain) const {
    return names_.contains(std::string(domain));
  }
  [[nodiscard]] std::vector<std::string> suffixes() const {
    std::vector<std::string> found;
    for (const std::string& name : names_)
      if (is_public_suffix(name)) found.push_back(name);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::unordered_set<std::string> names_;
};

}  // namespace postlint::smtpd
