#include "src/cli/color.hpp"

#include <cstdlib>
#include <string_view>

namespace postlint::cli {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Set, and neither empty nor 0.
bool is_on(const char* name) {
  const std::string_view value = environment(name);
  return !value.empty() && value != "0";
}

}  // namespace

bool use_color(Color choice, bool is_terminal) {
  if (choice != Color::automatic) return choice == Color::always;
  if (!environment("NO_COLOR").empty()) return false;
  if (is_on("FORCE_COLOR") || is_on("CLICOLOR_FORCE")) return true;
  if (environment("CLICOLOR") == "0" || environment("TERM") == "dumb") return false;
  return is_terminal;
}

}  // namespace postlint::cli
