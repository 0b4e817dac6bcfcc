#include "src/model/main_cf.hpp"

#include <bit>
#include <functional>

#include "grammar/main_line.hpp"

namespace postlint::model {

namespace {

using grammar::MainLine;
using text::LogicalLine;

MainProblem problem(MainProblem::Kind kind, const LogicalLine& line, text::Range where) {
  const text::MappedView view = line.view();
  return {kind, view, line.line, view.span(where)};
}

text::Range whole(const LogicalLine& line) {
  return {0, static_cast<std::uint32_t>(line.text.size())};
}

}  // namespace

namespace {

std::uint32_t hash_of(std::string_view name) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

/// The slot of a name in `last`: where it stands, or where it would be put.
std::size_t slot_of(const MainCf& main, std::string_view name, std::uint32_t hash) {
  const std::size_t mask = main.last.size() - 1;
  std::size_t slot = hash & mask;
  while (main.last[slot].entry != 0 &&
         (main.last[slot].hash != hash || main.entries[main.last[slot].entry - 1].name() != name)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void index_names(MainCf& main) {
  main.last.assign(std::bit_ceil(main.entries.size() * 2 + 1), {});
  std::uint32_t number = 0;
  for (const MainEntry& entry : main.entries) {
    const std::uint32_t hash = hash_of(entry.name());
    main.last[slot_of(main, entry.name(), hash)] = {hash, ++number};
  }
}

}  // namespace

const MainEntry* MainCf::find(std::string_view name) const {
  const std::uint32_t found = last[slot_of(*this, name, hash_of(name))].entry;
  return found == 0 ? nullptr : &entries[found - 1];
}

MainCf parse_main_cf(const text::SourceStore& sources, text::FileId file) {
  MainCf main;
  main.file = file;
  text::LogicalLineReader reader(sources[file], file, main.arena);
  LogicalLine line;
  while (reader.next(line)) {
    if (line.starts_with_space()) {
      main.problems.push_back(problem(MainProblem::Kind::leading_white_space, line, whole(line)));
      continue;
    }
    if (const auto nul = line.text.find('\0'); nul != std::string_view::npos) {
      const auto at = static_cast<std::uint32_t>(nul);
      main.problems.push_back(problem(MainProblem::Kind::null_byte, line, {at, at + 1}));
    }
    const MainLine tree = grammar::parse_main_line(line.text);
    if (tree.kind != MainLine::Kind::assignment) {
      const bool no_name = tree.kind == MainLine::Kind::missing_name;
      main.problems.push_back(
          problem(no_name ? MainProblem::Kind::missing_name : MainProblem::Kind::missing_equals,
                  line, whole(line)));
      continue;
    }
    main.entries.push_back({line, tree.name, tree.value});
  }
  index_names(main);
  return main;
}

}  // namespace postlint::model
