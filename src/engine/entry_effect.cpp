#include "src/engine/entry_effect.hpp"

#include <algorithm>

namespace postlint::engine {

namespace {

using Kind = model::MasterProblem::Kind;

/// Others find out that master(8) does not.
bool stops_one_program(Kind kind) {
  return kind == Kind::stray_argument || kind == Kind::option_without_equals ||
         kind == Kind::option_at_end;
}

}  // namespace

std::string entry_effect(const model::MasterCf& master, std::uint32_t line) {
  const auto first = std::partition_point(
      master.problems.begin(), master.problems.end(),
      [&](const model::MasterProblem& each) { return each.line_number < line; });
  std::string effect;
  for (auto each = first; each != master.problems.end() && each->line_number == line; ++each) {
    if (!stops_one_program(each->kind)) return "Postfix does not start";
    effect = "the program dies whenever it is started";
  }
  return effect;
}

}  // namespace postlint::engine
