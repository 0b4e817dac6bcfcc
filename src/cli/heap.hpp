#pragma once

namespace postlint::cli {

/// Has the kernel map the program and the memory of an ordinary run in two calls. A page fault
/// each would be a good part of a run of few milliseconds. Does nothing where that is not possible.
void page_in();

}  // namespace postlint::cli
