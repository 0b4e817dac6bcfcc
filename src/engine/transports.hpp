#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "src/engine/rule.hpp"

namespace postlint::engine {

/// "smtp" of smtp:[mx.example.org]:25; empty where the value names no transport.
std::string_view transport_of(std::string_view value);

/// Parameters whose value is a transport, and those that name tables of transports.
bool is_transport_parameter(std::string_view name);
bool is_transport_table(std::string_view name);

/// The transports that parameters and the tables at hand send mail to.
const std::unordered_set<std::string>& used_transports(Sink& sink);

}  // namespace postlint::engine
