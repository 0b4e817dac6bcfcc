#pragma once

#include <string>

#include "src/engine/value_layout.hpp"

namespace postlint::engine {

/// What a word that does not belong there does to the value around it, as half a sentence:
/// "smtpd answers 451 4.3.5 to every request that reaches it".
std::string stray_effect(const Assignment& assignment, Sink& sink);

/// Where the whole mail system or a program dies, or mail is refused.
bool stray_is_fatal(ValueKind kind);

}  // namespace postlint::engine
