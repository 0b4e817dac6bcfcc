#include "src/model/main_cf.hpp"

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

const MainEntry* MainCf::find(std::string_view name) const {
  const auto found = last.find(name);
  return found == last.end() ? nullptr : &entries[found->second];
}

MainCf parse_main_cf(const text::SourceStore& sources, text::FileId file) {
  MainCf main;
  main.file = file;
  text::LogicalLineReader reader(sources[file], file, main.arena);
  LogicalLine line;
  while (reader.next(line)) {
    if (line.starts_with_space) {
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
    main.entries.push_back({line.view(), line.line, tree.name, tree.value});
  }
  main.last.reserve(main.entries.size());
  for (std::uint32_t i = 0; i < main.entries.size(); ++i) {
    main.last[main.entries[i].name()] = i;
  }
  return main;
}

}  // namespace postlint::model
