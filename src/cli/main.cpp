#include <unistd.h>

#include <csignal>

#include "src/cli/heap.hpp"
#include "src/cli/run.hpp"

namespace {

/// defect() has said what is wrong; a crash without a word must not look like a verdict either.
extern "C" void end_with_defect(int /*signal*/) { ::_exit(4); }

}  // namespace

int main(int argc, char** argv) {
#ifdef POSTLINT_STATIC  // its memory is its own
  postlint::cli::take_heap();
#endif
  std::signal(SIGABRT, end_with_defect);
  return postlint::cli::run(argc, argv);
}
