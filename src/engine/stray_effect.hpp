#pragma once

#include <optional>
#include <string>

#include "src/engine/value_layout.hpp"

namespace postlint::engine {

/// What programs make of a name, a path or words as they stand, stray text and all, if they cannot
/// read them: "smtp dies of it", "TLS sessions are refused".
std::optional<std::string> whole_effect(const Assignment& assignment, Sink& sink);

/// What a word that does not belong there does to the value around it, as half a sentence:
/// "smtpd answers 451 4.3.5 to every request that reaches it".
std::string stray_effect(const Assignment& assignment, Sink& sink);

/// What bytes do that belong to no word but touch one: they spoil it.
std::string glued_effect(const Assignment& assignment, Sink& sink);

/// "smtpd dies of it": whatever stands in a value that no program can read. Nothing where they can.
std::optional<std::string> fatal_effect(const Assignment& assignment, Sink& sink);

/// Where the whole mail system or a program dies, or mail is refused.
bool stray_is_fatal(ValueKind kind);

}  // namespace postlint::engine
