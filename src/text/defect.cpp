#include "src/text/defect.hpp"

#include <cstdio>
#include <cstdlib>

namespace postlint {

void defect(std::string_view what) {
  std::fprintf(stderr, "postlint: internal error: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

}  // namespace postlint
