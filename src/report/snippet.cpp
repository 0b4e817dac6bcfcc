#include "src/report/snippet.hpp"

#include <algorithm>
#include <map>

#include "src/report/display_text.hpp"

namespace postlint::report {

namespace {

constexpr std::uint32_t widest = 110;       // columns of source text
constexpr std::uint32_t lead_columns = 24;  // shown before a mark in a windowed line

/// A mark on one line: byte offsets from the start of the line.
struct LineMark {
  std::uint32_t lo = 0;
  std::uint32_t hi = 0;
  const Mark* mark = nullptr;
};

using LinesOfFile = std::map<std::uint32_t, std::vector<LineMark>>;

/// What is shown of a line: screen columns [from, to).
struct Window {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

std::string spaces(std::size_t count) { return std::string(count, ' '); }

std::size_t digits(std::uint32_t number) { return std::to_string(number).size(); }

LineMark line_mark(const Mark& mark, const text::SourceFile& file, std::uint32_t line) {
  const text::Range range = file.line_range(line);
  const std::uint32_t lo = std::min(mark.span.lo, range.hi) - range.lo;
  const std::uint32_t hi = std::min(mark.span.hi, range.hi) - range.lo;
  return {lo, std::max(lo, hi), &mark};
}

class Renderer {
 public:
  Renderer(const text::SourceStore& sources, const Style& style)
      : sources_(sources), style_(style) {}

  Snippet render(const std::vector<Mark>& marks) {
    for (const Mark& mark : marks) add(mark);
    bool first = true;
    for (const text::FileId file : order_) {
      render_file(file, first);
      first = false;
    }
    return {std::move(out_), gutter_};
  }

 private:
  void add(const Mark& mark) {
    if (std::find(order_.begin(), order_.end(), mark.span.file) == order_.end()) {
      order_.push_back(mark.span.file);
    }
    const text::SourceFile& file = sources_[mark.span.file];
    const std::uint32_t line = file.line_column(mark.span.lo).line;
    files_[mark.span.file][line].push_back(line_mark(mark, file, line));
    gutter_ = std::max(gutter_, digits(line));
  }

  void render_file(text::FileId id, bool first) {
    const text::SourceFile& file = sources_[id];
    const LinesOfFile& lines = files_[id];
    header(file, lines, first);
    bar();
    std::uint32_t previous = 0;
    for (const auto& [number, marks] : lines) {
      if (previous != 0 && number > previous + 1) out_ += style_.dim("...") + "\n";
      previous = number;
      render_line(file, number, marks);
    }
    if (id != order_.back()) bar();
  }

  /// The place of the primary mark, else of the first.
  void header(const text::SourceFile& file, const LinesOfFile& lines, bool first) {
    const Mark* shown = lines.begin()->second.front().mark;
    for (const auto& [number, marks] : lines) {
      for (const LineMark& each : marks) {
        if (each.mark->primary) shown = each.mark;
      }
    }
    const text::LineColumn at = file.line_column(shown->span.lo);
    out_ += spaces(gutter_) + style_.dim(first ? "-->" : ":::") + " " + one_line(file.path()) +
            ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + "\n";
  }

  void bar() { out_ += spaces(gutter_ + 1) + style_.dim("|") + "\n"; }

  void render_line(const text::SourceFile& file, std::uint32_t number,
                   const std::vector<LineMark>& marks) {
    const text::Range range = file.line_range(number);
    // A line of megabytes: only the part around the marks is worth decoding.
    constexpr std::uint32_t reach = 4 * widest;
    std::uint32_t first = marks.front().lo;
    for (const LineMark& mark : marks) first = std::min(first, mark.lo);
    const std::uint32_t skipped = first > reach ? first - reach : 0;
    const std::uint32_t taken = std::min(range.size() - skipped, 4 * reach);
    std::string_view bytes = file.bytes().substr(range.lo + skipped, taken);
    if (skipped + taken == range.size() && bytes.ends_with('\r')) bytes.remove_suffix(1);
    const DisplayLine line = display_line(bytes);
    const Window window = window_of(line, marks, skipped);
    const bool cut_before = window.from > 0 || skipped > 0;
    const bool cut_after = window.to < line.width || skipped + taken < range.size();
    const std::string label = std::to_string(number);
    out_ += spaces(gutter_ - label.size()) + style_.dim(label + " |") + " " +
            (cut_before ? "..." : "") + cut(line, window) + (cut_after ? "..." : "") + "\n";
    for (const LineMark& mark : marks) {
      render_mark(line, mark, window, skipped, cut_before ? 3U : 0U);
    }
  }

  static std::uint32_t column(const DisplayLine& line, std::uint32_t offset,
                              std::uint32_t skipped) {
    return offset < skipped ? 0 : std::min(line.column_of(offset - skipped), line.width);
  }

  static Window window_of(const DisplayLine& line, const std::vector<LineMark>& marks,
                          std::uint32_t skipped) {
    if (line.width <= widest) return {0, line.width};
    const LineMark* shown = &marks.front();
    for (const LineMark& each : marks) {
      if (each.mark->primary) shown = &each;
    }
    const std::uint32_t at = column(line, shown->lo, skipped);
    const std::uint32_t latest = line.width - widest;
    const std::uint32_t from = std::min(at > lead_columns ? at - lead_columns : 0, latest);
    return {from, from + widest};
  }

  static std::string cut(const DisplayLine& line, const Window& window) {
    std::string shown;
    std::uint32_t at = window.from;
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
      const DisplayCell& cell = line.cells[i];
      if (cell.column < window.from || cell.column + cell.width > window.to) continue;
      for (; at < cell.column; ++at) shown += ' ';
      const std::size_t end =
          i + 1 < line.cells.size() ? line.text_offsets[i + 1] : line.text.size();
      shown += line.text.substr(line.text_offsets[i], end - line.text_offsets[i]);
      at = cell.column + cell.width;
    }
    while (shown.ends_with(' ')) shown.pop_back();
    return shown;
  }

  void render_mark(const DisplayLine& line, const LineMark& mark, const Window& window,
                   std::uint32_t skipped, std::uint32_t indent) {
    const std::uint32_t from = std::max(column(line, mark.lo, skipped), window.from);
    const std::uint32_t to = std::min(column(line, mark.hi, skipped), window.to);
    if (from > window.to) return;
    const std::uint32_t length = to > from ? to - from : 1;
    std::string text(length, mark.mark->primary ? '^' : '-');
    if (!mark.mark->label.empty()) text += " " + one_line(mark.mark->label);
    out_ += spaces(gutter_ + 1) + style_.dim("|") + " " + spaces(indent + from - window.from) +
            (mark.mark->primary ? style_.red(text) : style_.dim(text)) + "\n";
  }

  const text::SourceStore& sources_;
  const Style& style_;
  std::vector<text::FileId> order_;
  std::map<text::FileId, LinesOfFile> files_;
  std::size_t gutter_ = 1;
  std::string out_;
};

}  // namespace

Snippet render_snippet(const std::vector<Mark>& marks, const text::SourceStore& sources,
                       const Style& style) {
  return Renderer(sources, style).render(marks);
}

}  // namespace postlint::report
