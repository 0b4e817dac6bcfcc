#pragma once

#include <string_view>
#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::engine {

/// Every `name = value` that is in force, as on_parameter hooks get them; made once a run.
const std::vector<Assignment>& settings_in_force(Sink& sink);

/// The one whose value holds the place, its end included; null: none.
const Assignment* assignment_at(text::Span place, Sink& sink);

/// The program that runs the service: the last part of its command path.
std::string_view program_of(const model::Service& service);

/// A blank in the value of a -o: the program dies of the words behind it, and the value is not the
/// one that was meant.
bool has_stray_argument(const model::Service& service, const model::Workspace& workspace);

}  // namespace postlint::engine
