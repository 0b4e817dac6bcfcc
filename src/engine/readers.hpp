#pragma once

#include <string>
#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::engine {

/// The programs that get the value of an assignment, and die if they cannot read it.
struct Readers {
  bool every = false;                 // each Postfix program, commands included
  std::vector<std::string> programs;  // "smtpd", "qmgr": in the order of master.cf

  /// No service here reads it: it lies in wait.
  [[nodiscard]] bool nobody() const { return !every && programs.empty(); }
  /// "every program", "smtpd and cleanup"; of nobody(): "a program that reads it".
  [[nodiscard]] std::string text() const;
  /// text() with a verb: ("dies", "die").
  [[nodiscard]] std::string text(const char* one, const char* many) const;
};

/// What stands behind a name such as <transport>_destination_recipient_limit; null for other
/// names.
const database::Family* family_of(std::string_view name, Sink& sink);

Readers readers_of(const Assignment& assignment, Sink& sink);

/// No program opens these tables, whatever mail comes.
bool never_opened(std::string_view parameter, Sink& sink);

/// Of a list of tables: the programs that open them. Others read it only for a $name in the value
/// of another parameter.
Readers openers_of(const Assignment& assignment, Sink& sink);

}  // namespace postlint::engine
