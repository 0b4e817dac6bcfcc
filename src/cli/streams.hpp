#pragma once

#include <string>

namespace postlint::cli {

/// What a command prints. Written at the end, or piece by piece by commands that stream.
struct Streams {
  std::string out;
  std::string err;
};

}  // namespace postlint::cli
