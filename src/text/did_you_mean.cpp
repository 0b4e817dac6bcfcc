#include "src/text/did_you_mean.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "src/text/ascii.hpp"

namespace postlint::text {

namespace {

bool swapped(std::string_view a, std::string_view b, std::size_t i, std::size_t j) {
  return i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
}

constexpr std::size_t longest_word = 256;

/// Which letters a word has; some share a bit.
std::uint64_t letters_of(std::string_view word) {
  std::uint64_t letters = 0;
  for (const char c : word) letters |= std::uint64_t{1} << (byte(lower(c)) % 64U);
  return letters;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit || std::max(a.size(), b.size()) > longest_word) return limit + 1;
  std::array<std::array<std::size_t, longest_word + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    std::size_t least = row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (swapped(a, b, i, j)) row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
      least = std::min(least, row[j]);
    }
    // What a swap takes from two rows above costs one more.
    if (least > limit + 1) return limit + 1;
  }
  return std::min(rows[a.size() % 3][b.size()], limit + 1);
}

DidYouMean::DidYouMean(std::string_view word)
    : word_(word),
      letters_(letters_of(word)),
      distance_(std::min<std::size_t>(word.size() / 3, 3) + 1) {}

void DidYouMean::offer(std::string_view candidate) {
  if (candidate.size() >= word_.size() + distance_ || word_.size() >= candidate.size() + distance_)
    return;
  // Each letter that only one of them has takes an edit.
  const std::uint64_t letters = letters_of(candidate);
  const auto lacks = [](std::uint64_t has, std::uint64_t other) {
    return static_cast<std::size_t>(std::popcount(has & ~other));
  };
  if (lacks(letters_, letters) >= distance_ || lacks(letters, letters_) >= distance_) return;
  const std::size_t distance = edit_distance(word_, candidate, distance_ - 1);
  if (distance >= distance_) return;
  distance_ = distance;
  best_ = candidate;
}

}  // namespace postlint::text
