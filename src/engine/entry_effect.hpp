#pragma once

#include <cstdint>
#include <string>

#include "src/model/master_cf.hpp"

namespace postlint::engine {

/// What a bad line of master.cf does: "Postfix does not start". Empty: the line is good.
std::string entry_effect(const model::MasterCf& master, std::uint32_t line);

}  // namespace postlint::engine
