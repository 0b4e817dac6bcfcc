#pragma once

#include <cstddef>
#include <memory_resource>

namespace postlint::text {

/// Asks the kernel for huge pages (madvise(2)): a file of a hundred megabytes is else taken page by
/// page, which costs more than reading it. Best effort; small memory is left alone.
void expect_large(const void* memory, std::size_t bytes);

/// Upstream of arenas: ordinary memory, of which large blocks are taken in huge pages.
std::pmr::memory_resource* block_memory();

}  // namespace postlint::text
