#pragma once

#include <string>
#include <utility>
#include <vector>

namespace postlint::engine {

/// Rules of a site, as data ([policy] of .postlint.toml). The rules of category `policy` check
/// them.
struct Policy {
  /// Parameter -> the effective values that are allowed in every service.
  std::vector<std::pair<std::string, std::vector<std::string>>> require;
  /// Parameter -> the effective values that are not allowed.
  std::vector<std::pair<std::string, std::vector<std::string>>> forbid;
  /// Networks within which every entry of mynetworks must lie; empty: no such rule.
  std::vector<std::string> mynetworks_within;
  /// Text ("stranger -> foreign: reject") and where it stands (".postlint.toml:12").
  std::vector<std::pair<std::string, std::string>> assertions;
};

}  // namespace postlint::engine
