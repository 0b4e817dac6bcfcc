#pragma once

#include <string>
#include <string_view>

#include "src/database/database.hpp"

namespace postlint::report {

/// What the database knows of a parameter: type, default of the chosen release, range, readers,
/// release of introduction, deprecation. Empty: no release has it.
std::string explain_parameter(std::string_view name, const database::Database& database);

/// What the database knows of a restriction keyword. Empty: it is none.
std::string explain_restriction(std::string_view name, const database::Database& database);

}  // namespace postlint::report
