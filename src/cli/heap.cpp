#include "src/cli/heap.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace postlint::cli {

void take_heap() {
#if defined(MADV_POPULATE_WRITE) && defined(__GLIBC__)
  constexpr std::size_t heap = std::size_t{640} << 10;
  // More than the heap has at the start of a program makes it grow, by so much at a time.
  constexpr std::size_t more_than_there_is = std::size_t{256} << 10;
  ::mallopt(M_TOP_PAD, heap);
  ::mallopt(M_MMAP_THRESHOLD, 4 * heap);
  ::mallopt(M_TRIM_THRESHOLD, 8 * heap);
  const auto first = std::make_unique_for_overwrite<char[]>(more_than_there_is);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(first.get()) / page * page;
  // Best effort: kernels before 5.14 know no such advice.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): madvise(2) takes whole pages
  ::madvise(reinterpret_cast<void*>(start), heap, MADV_POPULATE_WRITE);
#endif
}

}  // namespace postlint::cli
