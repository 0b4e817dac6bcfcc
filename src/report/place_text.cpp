#include "src/report/place_text.hpp"

namespace postlint::report {

std::string place_text(text::Span span, const text::SourceStore& sources) {
  if (!span.in_file()) return {};
  const text::SourceFile& file = sources[span.file];
  return file.path() + ':' + std::to_string(file.line_column(span.lo).line);
}

}  // namespace postlint::report
