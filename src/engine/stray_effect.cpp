#include "src/engine/stray_effect.hpp"

#include "src/engine/readers.hpp"
#include "src/engine/value_check.hpp"

namespace postlint::engine {

std::optional<std::string> whole_effect(const Assignment& assignment, Sink& sink) {
  const model::Setting& setting = assignment.setting();
  const bool known = setting.status == model::ExpansionStatus::ok && setting.unknown_facts.empty();
  switch (kind_of(assignment, sink)) {
    case ValueKind::words:
    case ValueKind::text:
      break;
    default:
      return std::nullopt;
  }
  const auto bad = known ? find_bad_value(assignment, setting.text(), sink) : std::nullopt;
  if (!bad) return std::nullopt;
  if (bad->effect == BadValue::Effect::degrades) return bad->consequence;
  return readers_of(assignment, sink).text("dies of it", "die of it");
}

std::string stray_effect(const Assignment& assignment, Sink& sink) {
  if (auto effect = whole_effect(assignment, sink)) return *std::move(effect);
  const std::string name(assignment.name);
  switch (kind_of(assignment, sink)) {
    case ValueKind::tables:
      return openers_of(assignment, sink).text("dies", "die") + " at start";
    case ValueKind::number:
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

std::string glued_effect(const Assignment& assignment, Sink& sink) {
  if (auto effect = whole_effect(assignment, sink)) return *std::move(effect);
  switch (kind_of(assignment, sink)) {
    case ValueKind::restriction:
      return "smtpd takes it as part of the word, and answers 451 4.3.5 to requests that reach it";
    case ValueKind::match_list:
    case ValueKind::words:
      return "it becomes part of the word, which then matches nothing";
    case ValueKind::tables:
      return "it becomes part of the word, which then names no table";
    default:
      return stray_effect(assignment, sink);
  }
}

std::optional<std::string> fatal_effect(const Assignment& assignment, Sink& sink) {
  const auto bad = find_bad_value(assignment, sink);
  if (!bad || bad->effect != BadValue::Effect::dies) return std::nullopt;
  return readers_of(assignment, sink).text("dies of it", "die of it");
}

bool stray_is_fatal(ValueKind kind) {
  return kind == ValueKind::number || kind == ValueKind::tables || kind == ValueKind::restriction;
}

}  // namespace postlint::engine
