#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"

namespace postlint::engine {

/// The name to which the text at `span` is assigned, in main.cf or by a -o of master.cf: of
/// `$trusted` in mynetworks that is "trusted". Empty for text in other files. The parameter of a
/// finding, so that a word that several lists take over by $name is one mistake.
std::string_view assigned_name(const model::Workspace& workspace, text::Span span);

/// The lines of one file on which the places start, in file order: "12, 24-27".
std::string line_numbers(const model::Workspace& workspace, const std::vector<text::Span>& places);

/// The postconf(1) command that gives a setting of a service another value, where it is set now:
/// postconf -P 'smtp/inet/NAME=VALUE' for a -o, else postconf -e 'NAME = VALUE'.
std::string postconf_command(const model::Service& service, const model::Setting& setting,
                             std::string_view value);

}  // namespace postlint::engine
