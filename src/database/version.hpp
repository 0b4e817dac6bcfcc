#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postlint::database {

/// A Postfix release. `patch` counts: parameters were backported to patch releases.
struct Version {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t patch = 0;

  friend auto operator<=>(const Version&, const Version&) = default;
  [[nodiscard]] bool same_branch(const Version& other) const {
    return major == other.major && minor == other.minor;
  }
};

/// "X.Y" or "X.Y.Z" (leading 'v' allowed); "X.Y" is the newest patch release known of that branch.
/// Nothing if the text is no version or lies outside 2.9 to 3.11.
std::optional<Version> parse_version(std::string_view text);

/// The newest release that the database knows: assumed when nobody names a version.
Version newest_version();
/// The newest release known of each branch, oldest first: what "X.Y" stands for.
const std::vector<Version>& branches();

/// "3.7" for messages, "3.7.11" where the patch release matters.
std::string branch_text(Version version);
std::string full_text(Version version);

}  // namespace postlint::database
