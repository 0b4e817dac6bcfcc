#include "src/engine/suppressions.hpp"

namespace postlint::rules::suppress::unknown_rule {

// Found by engine::apply_suppressions(), which sees the findings of all other rules.
extern const Rule rule{unknown_rule_suppression, {}};

}  // namespace postlint::rules::suppress::unknown_rule
