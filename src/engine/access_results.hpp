#pragma once

#include <string>
#include <string_view>

#include "src/model/effective_config.hpp"

namespace postlint::engine {

/// What smtpd makes of the right-hand side of an access table (check_table_result()).
struct AccessResult {
  enum class Problem : std::uint8_t {
    none,
    unknown_word,  // neither an action nor a restriction: 451
    table,         // type:table, or another text with ':': 451
    empty,         // 451
    lone_code,     // 550 without text: digits alone permit
    no_argument    // FILTER, REDIRECT, BCC, PREPEND without what they need: no effect
  };
  Problem problem = Problem::none;
  std::string word;  // the offending one
};

/// `value`: as found in the table. Text that a pattern's $1 completes is not judged.
AccessResult judge_access_result(std::string_view value, const model::EffectiveConfig& config);

/// Does the value permit by itself: OK, RELAY, permit, digits alone?
bool permits_outright(std::string_view value);

}  // namespace postlint::engine
