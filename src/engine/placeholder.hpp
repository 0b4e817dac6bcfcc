#pragma once

#include <string_view>

#include "src/text/span.hpp"

namespace postlint::engine {

/// The first placeholder of a template that nobody filled in: {{ x }}, {% x %}, <% x %>, <?php,
/// %%X%%, @X@, __X__, <your-domain>. Empty: none.
text::Range find_placeholder(std::string_view text);

/// DOMAIN, SMTP_HOST: the name of an environment variable rather than of a Postfix parameter.
bool is_environment_name(std::string_view name);

}  // namespace postlint::engine
