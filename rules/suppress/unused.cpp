#include "src/engine/suppressions.hpp"

namespace postlint::rules::suppress::unused {

// Found by engine::apply_suppressions(), which sees the findings of all other rules.
extern const Rule rule{unused_suppression, {}};

}  // namespace postlint::rules::suppress::unused
