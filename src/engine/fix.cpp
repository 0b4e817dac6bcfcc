#include "src/engine/fix.hpp"

#include <algorithm>

#include "src/text/defect.hpp"

namespace postlint::engine {

namespace {

/// Two insertions at one place have no order, so they overlap too.
bool overlap(const text::Span& a, const text::Span& b) {
  if (a.file != b.file) return false;
  if (a.size() == 0 && b.size() == 0) return a.lo == b.lo;
  return a.lo < b.hi && b.lo < a.hi;
}

}  // namespace

Fix& Fix::replace(text::Span span, std::string replacement) & {
  if (!span.in_file()) {
    outside_files_ = true;
    applicability_ = Applicability::display;
    edits_.clear();
  }
  if (outside_files_) return *this;
  const auto later =
      std::upper_bound(edits_.begin(), edits_.end(), span,
                       [](const text::Span& a, const Edit& b) { return a < b.span; });
  // The edits are sorted and apart from each other, so that only neighbours can be hit.
  const bool hits = (later != edits_.end() && overlap(later->span, span)) ||
                    (later != edits_.begin() && overlap(std::prev(later)->span, span));
  if (hits) defect("overlapping edits in the fix \"" + title_ + "\"");
  edits_.insert(later, {span, std::move(replacement)});
  return *this;
}

Fix& Fix::insert_before(text::Span at, std::string text) & {
  return replace({at.file, at.lo, at.lo}, std::move(text));
}

Fix& Fix::insert_after(text::Span at, std::string text) & {
  return replace({at.file, at.hi, at.hi}, std::move(text));
}

Fix& Fix::command(std::string line) & {
  commands_.push_back(std::move(line));
  return *this;
}

void Fix::doubt() {
  if (applicability_ == Applicability::safe) applicability_ = Applicability::unsafe;
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace postlint::engine
