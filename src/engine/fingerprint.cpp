#include "src/engine/fingerprint.hpp"

#include <cstdint>

namespace postlint::engine {

namespace {

/// FNV-1a. A separator that no part holds keeps "a" "bc" and "ab" "c" apart.
std::uint64_t add(std::uint64_t hash, std::string_view part) {
  constexpr std::uint64_t prime = 1099511628211U;
  for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return (hash ^ 0xffU) * prime;
}

}  // namespace

std::string fingerprint(const Finding& finding, std::string_view configuration) {
  std::uint64_t hash = 14695981039346656037U;
  for (const std::string_view part :
       {configuration, finding.rule->id, std::string_view(finding.service),
        std::string_view(finding.parameter), std::string_view(finding.item)}) {
    hash = add(hash, part);
  }
  std::string digits(16, '0');
  for (std::size_t at = digits.size(); at-- > 0; hash >>= 4U)
    digits[at] = "0123456789abcdef"[hash & 15U];
  return digits;
}

}  // namespace postlint::engine
