#pragma once

#include <string>

#include "src/text/source.hpp"

namespace postlint::report {

/// "etc/main.cf:12"; empty: in no file.
std::string place_text(text::Span span, const text::SourceStore& sources);

}  // namespace postlint::report
