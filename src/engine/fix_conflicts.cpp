#include "src/engine/fix_conflicts.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace postlint::engine {

namespace {

bool is_safe(const Fix& fix) { return fix.applicability() == Applicability::safe; }

/// The edits that stay. Those that change text lie apart.
class Edits {
 public:
  [[nodiscard]] bool conflict_with(const Fix& fix) const {
    return std::any_of(fix.edits().begin(), fix.edits().end(),
                       [&](const Edit& edit) { return conflicts(edit); });
  }

  void add(const Fix& fix) {
    for (const Edit& edit : fix.edits()) {
      if (edit.span.size() > 0) edits_.emplace(std::pair(edit.span.file, edit.span.lo), edit);
    }
  }

 private:
  [[nodiscard]] bool conflicts(const Edit& edit) const {
    auto next = edits_.lower_bound({edit.span.file, edit.span.hi});
    if (next == edits_.begin()) return false;
    const Edit& other = std::prev(next)->second;
    if (other.span.file != edit.span.file || other.span.hi <= edit.span.lo) return false;
    return other.span != edit.span || other.replacement != edit.replacement;
  }

  std::map<std::pair<text::FileId, std::uint32_t>, Edit> edits_;
};

}  // namespace

void drop_conflicting_fixes(std::vector<Finding>& findings) {
  std::vector<Finding*> gravest_first;
  for (Finding& finding : findings) gravest_first.push_back(&finding);
  std::stable_sort(gravest_first.begin(), gravest_first.end(),
                   [](const Finding* a, const Finding* b) { return a->severity < b->severity; });
  Edits kept;
  for (Finding* finding : gravest_first) {
    std::erase_if(finding->fixes,
                  [&](const Fix& fix) { return is_safe(fix) && kept.conflict_with(fix); });
    for (const Fix& fix : finding->fixes) {
      if (is_safe(fix)) kept.add(fix);
    }
  }
}

}  // namespace postlint::engine
