#pragma once

#include <cstdint>
#include <string_view>

#include "src/database/database.hpp"

namespace postlint::engine {

/// How Postfix takes the text of a parameter apart. It decides what a stray word in it does.
enum class ValueKind : std::uint8_t {
  unknown,      // a name that the release does not have
  number,       // INT, LONG, BOOL, TIME: bad text is fatal
  restriction,  // smtpd restriction list: an unknown word answers 451
  match_list,   // mynetworks, mydestination, ...: match_list(3)
  tables,       // a list of type:name
  words,        // another list: enumerations, interfaces, milters, what proxymap may open
  command,      // a shell command or command template, with its own quoting
  text          // one string
};

ValueKind value_kind(const database::Database& database, std::string_view parameter);

/// One of the eight smtpd_..._restrictions.
bool is_restriction_parameter(std::string_view name);

/// Text that people read or that is a set of characters: '#', quotes and such may be meant.
bool is_free_text(std::string_view parameter);

}  // namespace postlint::engine
