#include "src/cli/run.hpp"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string_view>

#include "src/cli/cmd_check.hpp"
#include "src/cli/cmd_diff.hpp"
#include "src/cli/cmd_explain.hpp"
#include "src/cli/cmd_relay.hpp"
#include "src/cli/cmd_rules.hpp"
#include "src/cli/cmd_trace.hpp"
#include "src/cli/cmd_why.hpp"
#include "src/cli/color.hpp"
#include "src/cli/options.hpp"
#include "src/cli/show_invocation.hpp"
#include "src/cli/streams.hpp"

namespace postlint::cli {

namespace {

/// False: not everything could be written (a full disk, a closed pipe).
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Exit dispatch(const Invocation& invocation, Streams& streams) {
  const bool color = use_color(invocation.common.color, ::isatty(STDOUT_FILENO) == 1);
  switch (invocation.command) {
    case Command::check:
      return run_check(invocation, color, streams);
    case Command::explain:
      return run_explain(invocation, streams);
    case Command::rules:
      return run_rules(invocation, streams);
    case Command::show:
      return run_show(invocation, streams);
    case Command::diff:
      return run_diff(invocation, color, streams);
    case Command::relay:
      return run_relay(invocation, color, streams);
    case Command::trace:
      return run_trace(invocation, color, streams);
    case Command::why:
      return run_why(invocation, color, streams);
  }
  return Exit::usage;
}

Exit run_command(int argc, const char* const* argv, Streams& streams) {
  ParseResult parsed = parse_options(argc, argv);
  if (!parsed.invocation) {
    streams.out = std::move(parsed.out);
    streams.err = std::move(parsed.err);
    return parsed.status;
  }
  try {
    return dispatch(*parsed.invocation, streams);
  } catch (const std::exception& error) {
    streams.err += std::string("postlint: internal error: ") + error.what() + "\n";
    return Exit::defect;
  }
}

}  // namespace

int run(int argc, const char* const* argv) {
  Streams streams;
  Exit status = run_command(argc, argv, streams);
  write_all(STDERR_FILENO, streams.err);
  if (!write_all(STDOUT_FILENO, streams.out)) status = worst(status, Exit::unreadable);
  return static_cast<int>(status);
}

}  // namespace postlint::cli
