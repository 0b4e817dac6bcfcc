#include "src/cli/page_in.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>

// Where the linker put the program.
extern "C" {
extern const char __executable_start;  // NOLINT(bugprone-reserved-identifier): the linker's name
extern const char edata;
}

namespace postlint::cli {
namespace {

/// Best effort: kernels before 5.14 know no such advice.
void populate(const void* begin, std::size_t size, int advice) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t start = address / page * page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): madvise(2) takes whole pages
  ::madvise(reinterpret_cast<void*>(start), address + size - start, advice);
}

}  // namespace

void page_in() {
#if defined(MADV_POPULATE_READ) && defined(__GLIBC__)
  constexpr std::size_t program_limit = std::size_t{16} << 20;
  const auto program = static_cast<std::size_t>(&edata - &__executable_start);
  if (program < program_limit) populate(&__executable_start, program, MADV_POPULATE_READ);

  // More than the heap has at the start of a program makes it grow, by so much at a time.
  constexpr std::size_t heap = std::size_t{2} << 20;
  constexpr std::size_t more_than_there_is = std::size_t{256} << 10;
  ::mallopt(M_TOP_PAD, heap);
  ::mallopt(M_MMAP_THRESHOLD, heap);
  ::mallopt(M_TRIM_THRESHOLD, 2 * heap);
  const auto first = std::make_unique_for_overwrite<char[]>(more_than_there_is);
  populate(first.get(), heap, MADV_POPULATE_WRITE);
#endif
}

}  // namespace postlint::cli
