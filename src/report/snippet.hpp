#pragma once

#include <string>
#include <vector>

#include "src/report/style.hpp"
#include "src/text/source.hpp"

namespace postlint::report {

/// A place to be shown with a text behind its marks.
struct Mark {
  text::Span span;
  std::string label;
  bool primary = false;
};

/// The source lines of the marks with `^^^` (primary) and `---` (others) under them, file by file,
/// that of the primary mark first. A span of several lines is marked on its first line. Long lines
/// are shown in a window around the marks.
struct Snippet {
  std::string text;
  std::size_t gutter = 1;  // width of the line numbers: what stands below is aligned with it
};

Snippet render_snippet(const std::vector<Mark>& marks, const text::SourceStore& sources,
                       const Style& style);

}  // namespace postlint::report
