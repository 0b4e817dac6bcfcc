#pragma once

#include <optional>
#include <string>

#include "src/database/version.hpp"
#include "src/engine/rule.hpp"

namespace postlint::engine {

/// Why Postfix cannot use a value.
struct BadValue {
  enum class Effect : std::uint8_t {
    dies,     // the programs that read it die
    degrades  // they log a warning and go on: see `consequence`
  };
  std::string what;  // "is no number": goes behind the value
  Effect effect = Effect::dies;
  std::string consequence;  // of `degrades`: "TLS sessions are refused"
  std::string log;          // what the program logs
  std::string meant;        // what to write in its place, if that can be guessed
  /// The release that brought the word; nothing: no release takes it.
  std::optional<database::Version> came;
  /// The first release that is as strict about the parameter; older ones than sink.oldest() are not
  /// asked.
  database::Version since = {};
};

/// Looks at an assignment in force by the type, range, enumeration or notation of its parameter.
/// Stray text and quotes are left out, values that hinge on unknown facts or on undefined names
/// are taken as good.
std::optional<BadValue> find_bad_value(const Assignment& assignment, Sink& sink);

/// The same if Postfix gets to see `text`.
std::optional<BadValue> find_bad_value(const Assignment& assignment, std::string text, Sink& sink);

}  // namespace postlint::engine
