#include "src/engine/spoilt_text.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace postlint::engine {

namespace {

using text::Span;

bool touch(const Span& a, const Span& b) { return a.file == b.file && a.lo < b.hi && b.lo < a.hi; }

class SpoiltText {
 public:
  explicit SpoiltText(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
      if (finding.spoilt.empty()) continue;
      parameters_.insert(finding.parameter);
      spans_.insert(spans_.end(), finding.spoilt.begin(), finding.spoilt.end());
    }
    std::sort(spans_.begin(), spans_.end());
    join();
  }

  [[nodiscard]] bool holds(const Finding& finding) const {
    const bool absence = finding.item.empty();
    if (absence) return !finding.parameter.empty() && parameters_.contains(finding.parameter);
    const Span& span = finding.span;
    const auto next = std::partition_point(spans_.begin(), spans_.end(), [&](const Span& each) {
      return each.file < span.file || (each.file == span.file && each.hi <= span.lo);
    });
    return next != spans_.end() && touch(*next, span);
  }

 private:
  /// Spans that lie apart can be searched by their ends.
  void join() {
    std::size_t last = 0;
    for (std::size_t i = 1; i < spans_.size(); ++i) {
      if (touch(spans_[last], spans_[i])) {
        spans_[last].hi = std::max(spans_[last].hi, spans_[i].hi);
      } else {
        spans_[++last] = spans_[i];
      }
    }
    if (!spans_.empty()) spans_.resize(last + 1);
  }

  std::vector<Span> spans_;
  std::unordered_set<std::string> parameters_;
};

/// Says what it says by its own right; what the evaluator has shown is true whatever was meant.
bool stands(const Finding& finding) {
  return !finding.spoilt.empty() || finding.witness.has_value();
}

}  // namespace

void drop_spoilt(std::vector<Finding>& findings) {
  const SpoiltText spoilt(findings);
  std::erase_if(findings,
                [&](const Finding& finding) { return !stands(finding) && spoilt.holds(finding); });
}

}  // namespace postlint::engine
