#include "src/cli/standard_input.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace postlint::cli {

Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("standard input: ") + std::strerror(errno)};
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace postlint::cli
