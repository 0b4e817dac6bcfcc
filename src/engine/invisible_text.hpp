#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/invisible.hpp"

namespace postlint::engine {

/// Text with characters that look like white space and are none to Postfix.
struct InvisibleText {
  text::MappedView text;
  std::vector<text::InvisibleCharacter> characters;  // at least one
  std::string effect;  // what becomes of it: "the line does not set relayhost"
  std::string parameter;
  ValueKind kind = ValueKind::text;  // of the value that they spoil
  Severity severity = Severity::error;
  bool starts_line = false;  // no white space may take the place of those in front
  const model::Service* service = nullptr;
  const TableReference* table = nullptr;  // where the table is named that holds it

  [[nodiscard]] text::Span place(const text::InvisibleCharacter& character) const {
    return text.span(character.range);
  }
};

/// Visits names, values in force and bad lines of main.cf, entries of master.cf, and lines of
/// tables that have one where Postfix compares. Left out are comments, texts for people, patterns,
/// and a byte order mark in front of a file.
void each_invisible_text(Sink& sink, const std::function<void(const InvisibleText&)>& visit);

/// Spaces in the place of what looks like one, nothing in the place of the others.
Fix made_visible(Fix fix, const InvisibleText& odd);

}  // namespace postlint::engine
