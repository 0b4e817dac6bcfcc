#pragma once

#include <string>
#include <unordered_set>

#include "src/model/effective_config.hpp"

namespace postlint::engine {

/// The files of which newaliases(1) and postalias(1) make indexes: those that alias_database and
/// alias_maps name, as written.
std::unordered_set<std::string> alias_files(const model::EffectiveConfig& config);

}  // namespace postlint::engine
