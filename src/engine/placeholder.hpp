#pragma once

#include <string_view>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::engine {

/// What somebody or something was to replace before Postfix reads it.
struct Placeholder {
  enum class Kind : std::uint8_t {
    expression,  // {{ x }}, <%= x %>, ${NAME:-x}
    statement,   // {% if x %}, <% if x %>, <?php: a whole file is a template
    marker,      // %%X%%, %X%, @X@, __X__, ##X##, {X}, <your domain>
    name         // CHANGEME, yourdomain, domain.tld: a name like any other to Postfix
  };
  text::Range range;
  Kind kind = Kind::expression;
};

/// All of them, in order and apart from each other.
std::vector<Placeholder> find_placeholders(std::string_view text);
/// Names in capitals, among values that are not: SYMPA_DOMAIN (a marker), mail.DOMAIN (a name).
/// Some parameters take such words.
std::vector<Placeholder> find_capital_names(std::string_view text);
/// Those that Postfix would not take for a name.
std::vector<Placeholder> find_notations(std::string_view text);

/// A quick look at a whole file: false means that no line of it holds one of the latter.
bool may_hold_notation(std::string_view text);

/// Is there one of the latter?
bool holds_placeholder(std::string_view text);

/// DOMAIN, SMTP_HOST: the name of an environment variable rather than of a Postfix parameter.
bool is_environment_name(std::string_view name);

}  // namespace postlint::engine
