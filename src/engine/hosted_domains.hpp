#pragma once

#include <string_view>

#include "src/model/effective_config.hpp"

namespace postlint::engine {

/// Does the list name a domain besides localhost and those of the list `local`?
bool names_domain(const model::Setting& domains, std::string_view local = {});

/// Does this host receive mail for a domain besides localhost?
bool hosts_domains(const model::EffectiveConfig& config);

}  // namespace postlint::engine
