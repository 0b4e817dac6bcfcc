#pragma once

#include <string>

#include "src/engine/table_references.hpp"

namespace postlint::engine {

/// What it means for mail that lookups in this table fail, as half a sentence: "mail that needs one
/// is answered 451 or deferred".
std::string failing_lookup(const TableReference& table);

}  // namespace postlint::engine
