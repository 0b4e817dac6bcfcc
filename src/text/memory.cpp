#include "src/text/memory.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace postlint::text {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20U;
constexpr std::size_t large = 2 * huge_page;

class BlockMemory final : public std::pmr::memory_resource {
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const memory = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    expect_large(memory, bytes);
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

void expect_large(const void* memory, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  if (bytes < large) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + huge_page - 1) / huge_page * huge_page;
  const std::uintptr_t last = (begin + bytes) / huge_page * huge_page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): madvise(2) takes whole pages
  ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

std::pmr::memory_resource* block_memory() {
  static BlockMemory memory;
  return &memory;
}

}  // namespace postlint::text
