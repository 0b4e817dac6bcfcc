#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postlint::text {

/// Number of insertions, deletions, replacements and swaps of neighbours (ASCII case ignored) that
/// turn `a` into `b`; `limit` + 1 where it is more than `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// Keeps the candidate that is nearest to a misspelt word, if it is near enough to be meant: a
/// third of its length, at most 3 edits. Of equally near ones the first offered wins.
class DidYouMean {
 public:
  explicit DidYouMean(std::string_view word);
  void offer(std::string_view candidate);
  /// Empty: nothing is near.
  [[nodiscard]] std::string_view best() const { return best_; }

 private:
  std::string_view word_;
  std::uint64_t letters_;
  std::string_view best_;
  std::size_t distance_;
};

}  // namespace postlint::text
