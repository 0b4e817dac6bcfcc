#pragma once

namespace postlint::cli {

/// Takes the memory of an ordinary run from the kernel in one call: a page fault for each page
/// would be a good part of a run of few milliseconds. Does nothing where that is not possible.
void take_heap();

}  // namespace postlint::cli
