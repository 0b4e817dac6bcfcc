#pragma once

#include "src/model/effective_config.hpp"

namespace postlint::cli {

/// The name of this machine and its interface addresses ("192.0.2.2/24"), as Postfix sees them
/// (get_hostname(3), inet_addr_local(3)). Parts that the system does not tell are absent.
model::HostFacts ask_this_host();

}  // namespace postlint::cli
