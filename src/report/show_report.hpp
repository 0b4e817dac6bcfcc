#pragma once

#include <string>
#include <vector>

#include "src/model/workspace.hpp"

namespace postlint::report {

/// "default 3.7 -> main.cf:12 -> master.cf:40 -o": the history of a value, lowest first.
std::string origin_chain(const model::Workspace& workspace, const model::Setting& setting);

/// One parameter a paragraph: `name = value`, and under it where the value comes from.
std::string show_with_origins(const model::Workspace& workspace,
                              const std::vector<std::string>& names);

/// {"schema": "postlint.show/1", "settings": [{name, raw, expanded, type, default, origin,
/// origins}]}
std::string show_json(const model::Workspace& workspace, const std::vector<std::string>& names);

}  // namespace postlint::report
