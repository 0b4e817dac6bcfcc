#include "src/engine/placeholder.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace postlint::engine {

namespace {

using text::Range;

bool is_upper(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Range range(std::size_t lo, std::size_t hi) {
  return {static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(hi)};
}

/// What stands between `open` and the next `close`, if `fits` likes it.
template <class Fits>
std::optional<Range> find_between(std::string_view text, std::string_view open,
                                  std::string_view close, Fits fits) {
  for (auto at = text.find(open); at != text.npos; at = text.find(open, at + 1)) {
    const auto inner = at + open.size();
    const auto end = text.find(close, inner);
    if (end == text.npos) return std::nullopt;
    if (fits(text.substr(inner, end - inner), at)) return range(at, end + close.size());
  }
  return std::nullopt;
}

/// {{ name }}: not the {{...}} of inline tables and of ${{a} == {b}}.
std::optional<Range> find_braces(std::string_view text) {
  return find_between(text, "{{", "}}", [&](std::string_view inner, std::size_t at) {
    if (at > 0 && (text[at - 1] == '$' || text[at - 1] == ':')) return false;
    const auto first = inner.find_first_not_of(" -#/.$");
    return first != inner.npos && is_letter(inner[first]) && inner.find('{') == inner.npos &&
           inner.find('=') == inner.npos;
  });
}

std::optional<Range> find_capitals(std::string_view text, std::string_view mark) {
  constexpr std::size_t shortest = 3;
  return find_between(text, mark, mark, [&](std::string_view inner, std::size_t) {
    return inner.size() >= shortest && is_letter(inner.front()) &&
           std::all_of(inner.begin(), inner.end(), is_upper);
  });
}

/// <your-domain>, <domain.tld>: words, but no address.
std::optional<Range> find_angles(std::string_view text) {
  return find_between(text, "<", ">", [](std::string_view inner, std::size_t) {
    return inner.size() > 2 && is_letter(inner.front()) && is_letter(inner.back()) &&
           std::all_of(inner.begin(), inner.end(), [](char c) {
             return is_letter(c) || c == ' ' || c == '-' || c == '_' || c == '.' ||
                    (c >= '0' && c <= '9');
           });
  });
}

}  // namespace

Range find_placeholder(std::string_view text) {
  const auto any = [](std::string_view, std::size_t) { return true; };
  std::optional<Range> first;
  const auto offer = [&](std::optional<Range> found) {
    if (found && (!first || found->lo < first->lo)) first = found;
  };
  if (text.find_first_of("{<%@_") == text.npos) return {};
  offer(find_braces(text));
  offer(find_between(text, "{%", "%}", any));
  offer(find_between(text, "<%", "%>", any));
  offer(find_between(text, "<?", "?>", any));
  offer(find_capitals(text, "%%"));
  offer(find_capitals(text, "@"));
  offer(find_capitals(text, "__"));
  offer(find_angles(text));
  return first.value_or(Range{});
}

bool is_environment_name(std::string_view name) {
  return name.size() > 1 && std::all_of(name.begin(), name.end(), is_upper) &&
         std::any_of(name.begin(), name.end(), is_letter);
}

}  // namespace postlint::engine
