#include "src/model/main_cf.hpp"

#include <algorithm>
#include <array>
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

/// A slot is a random place of a large table: several are waited for at once.
void index_names(MainCf& main) {
  constexpr std::size_t batch = 32;
  std::array<std::uint32_t, batch> hashes{};
  const std::size_t total = main.entries.size();
  main.last.assign(std::bit_ceil(total + total / 4 + 1), {});
  for (std::size_t done = 0; done < total;) {
    const auto first = main.entries.begin() + static_cast<std::ptrdiff_t>(done);
    const std::size_t count = std::min(batch, total - done);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash_of(first[static_cast<std::ptrdiff_t>(i)].name());
      __builtin_prefetch(&main.last[hashes[i] & (main.last.size() - 1)]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const MainEntry& entry = first[static_cast<std::ptrdiff_t>(i)];
      main.last[slot_of(main, entry.name(), hashes[i])] = {hashes[i],
                                                           static_cast<std::uint32_t>(++done)};
    }
  }
}

}  // namespace

MainEntry::MainEntry(const LogicalLine& line, text::Range name, text::Range value)
    : text_(line.text.data()),
      size_(static_cast<std::uint32_t>(line.text.size())),
      seam_count_(line.seam_count),
      line_number_(line.line),
      name_size_(name.hi),
      value_(value) {
  if (seam_count_ != 0) {
    seams_ = line.seams;
  } else {
    place_ = {line.file, line.offset};
  }
}

text::MappedView MainEntry::line() const {
  const std::string_view text(text_, size_);
  if (seam_count_ != 0) return {text, seams_, seam_count_};
  return {text, place_.file, place_.offset};
}

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
    main.entries.emplace_back(line, tree.name, tree.value);
  }
  index_names(main);
  return main;
}

}  // namespace postlint::model
