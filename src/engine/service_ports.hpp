#pragma once

#include "src/model/workspace.hpp"

namespace postlint::engine {

/// smtpd on TCP port 465 or 587, where people hand in their own mail.
bool is_submission(const model::Service& service);

}  // namespace postlint::engine
