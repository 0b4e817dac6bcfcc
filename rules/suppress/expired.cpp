#include "src/engine/suppressions.hpp"

namespace postlint::rules::suppress::expired {

// Found by engine::apply_suppressions(), which sees the findings of all other rules.
extern const Rule rule{expired_suppression, {}};

}  // namespace postlint::rules::suppress::expired
