#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postlint::smtpd {

struct CellPattern {
  std::string text;
  bool ignore_case = true;
};

/// Strings by which of several regular expressions match them.
struct Cells {
  /// A shortest string of each combination that there is, among those of the wanted form.
  std::vector<std::string> samples;
  bool complete = false;  // all combinations were found
};

/// Explores the product of the expressions' automata. `form`: an anchored expression that every
/// string matches. `limit`: of states. Patterns with back references, look-around or such make it
/// incomplete at once.
Cells explore_cells(const std::vector<CellPattern>& patterns, std::string_view form,
                    std::size_t limit);

}  // namespace postlint::smtpd
