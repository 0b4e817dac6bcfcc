#pragma once

#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::engine {

/// Lines of main.cf that hold further elements of the value above, but start in the first column,
/// so that they do not continue it.
struct LostContinuation {
  const model::MainEntry* owner = nullptr;  // whose value they were to continue
  std::vector<text::MappedView> lines;      // logical lines, next to each other
  bool fatal = false;                       // one of them has no '='

  [[nodiscard]] text::Span span() const;  // from the first to the last
};

/// In file order; found once a run.
const std::vector<LostContinuation>& lost_continuations(Sink& sink);

}  // namespace postlint::engine
