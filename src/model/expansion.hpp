#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/value.hpp"
#include "src/database/version.hpp"
#include "src/text/mapped_text.hpp"

namespace postlint::model {

/// What a $name stands for: nothing (undefined), or text that is expanded again unless `verbatim`.
struct MacroValue {
  text::MappedView text;
  bool verbatim = false;
};
using MacroLookup = std::function<std::optional<MacroValue>(std::string_view name)>;

/// How `$` expansion ended. Anything but ok is fatal in the program that reads the value.
enum class ExpansionStatus : unsigned char {
  ok,
  error,  // "macro processing error": bad syntax, or nested more than 100 deep
  fatal,  // a number out of range in a comparison (mac_exp_eval)
  crash   // a value that refers to itself through a comparison: Postfix recurses until it dies
};

struct Expansion {
  text::MappedText text;
  ExpansionStatus status = ExpansionStatus::ok;
  std::vector<std::string> warnings;  // as mac_expand(3) and mac_parse(3) log them
  text::Span error_at;                // what the first of them is about; no file: none, or no place
};

/// Expands a value as mac_expand(3) does (RECURSE), keeping the place of every byte.
Expansion expand(const text::MappedView& value, const MacroLookup& lookup,
                 const grammar::MacroSyntax& syntax);

/// Calls `visit` for every $name in the value, in both branches of conditionals, without looking
/// into the values of the names (the scan of postconf). Warnings as for expand().
Expansion scan_references(const text::MappedView& value,
                          const std::function<void(std::string_view name, text::Span place)>& visit,
                          const grammar::MacroSyntax& syntax);

/// What may stand in ${...} in a release.
grammar::MacroSyntax macro_syntax(database::Version version);

/// As util/printable.c shows text in a log line: bytes that are no printable ASCII become '?'.
std::string printable(std::string_view text);

}  // namespace postlint::model
