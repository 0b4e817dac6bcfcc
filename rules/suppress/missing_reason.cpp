#include "src/engine/suppressions.hpp"

namespace postlint::rules::suppress::missing_reason {

// Found by engine::apply_suppressions(), which sees the findings of all other rules.
extern const Rule rule{missing_reason_suppression, {}};

}  // namespace postlint::rules::suppress::missing_reason
