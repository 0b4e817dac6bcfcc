#include "src/engine/rule_info.hpp"

#include <array>

namespace postlint::engine {

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 4> names{"error", "warning", "info", "style"};
  return names[static_cast<std::size_t>(severity)];
}

std::string_view name_of(Confidence confidence) {
  constexpr std::array<std::string_view, 3> names{"certain", "likely", "possible"};
  return names[static_cast<std::size_t>(confidence)];
}

std::string_view name_of(Persona persona) {
  constexpr std::array<std::string_view, 3> names{"regular", "pedantic", "auditor"};
  return names[static_cast<std::size_t>(persona)];
}

}  // namespace postlint::engine
