#pragma once

#include <string>
#include <string_view>

#include "src/smtpd/request.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// One request of `trace --requests`: a JSON object (docs/schema/request.schema.json). The error
/// names the key.
Result<smtpd::Request> parse_request(std::string_view json);

/// The HELO name of a client of which none is told: its own name, else its address as a literal.
std::string default_helo(const smtpd::Request& request);

/// Checks what both the command line and JSON give: the client's address, a stage that can be
/// reached. Brings the address into the form that smtpd(8) shows. The error names the key.
Result<smtpd::Request> complete_request(smtpd::Request request);

}  // namespace postlint::cli
