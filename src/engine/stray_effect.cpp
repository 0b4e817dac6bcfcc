#include "src/engine/stray_effect.hpp"

#include "src/engine/readers.hpp"

namespace postlint::engine {

std::string stray_effect(const Assignment& assignment, Sink& sink) {
  const std::string name(assignment.name);
  switch (kind_of(assignment, sink)) {
    case ValueKind::number:
    case ValueKind::tables:
      return readers_of(assignment, sink).text("dies", "die") + " at start";
    case ValueKind::restriction:
      return "smtpd takes it as a restriction, and answers 451 4.3.5 to requests that reach it";
    case ValueKind::match_list:
    case ValueKind::words:
      return "Postfix takes it as an element of " + name;
    case ValueKind::command:
    case ValueKind::text:
    case ValueKind::unknown:
      break;
  }
  return "Postfix takes it as part of " + name;
}

bool stray_is_fatal(ValueKind kind) {
  return kind == ValueKind::number || kind == ValueKind::tables || kind == ValueKind::restriction;
}

}  // namespace postlint::engine
