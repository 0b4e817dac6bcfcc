#include "src/smtpd/registrable_domain.hpp"

#include <algorithm>
#include <array>

namespace postlint::smtpd {
namespace {

constexpr std::array<std::string_view, 13> private_names{
    "localhost", "local", "localdomain", "lan",     "home",    "internal", "intranet",
    "corp",      "arpa",  "unknown",     "private", "invalid", "onion"};
/// Second levels that registries of countries sell.
constexpr std::array<std::string_view, 11> second_levels{"co",  "com",  "net", "org", "or", "ne",
                                                         "nom", "info", "biz", "ltd", "me"};

bool in(const auto& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_public_suffix(std::string_view domain) {
  const std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos) {
    const bool punycode = domain.starts_with("xn--");
    return domain.size() >= 2 && !in(private_names, domain) &&
           (punycode || std::all_of(domain.begin(), domain.end(), is_letter));
  }
  const std::string_view top = domain.substr(dot + 1);
  return top.size() == 2 && is_public_suffix(top) && in(second_levels, domain.substr(0, dot));
}

std::string_view registrable_domain(std::string_view name) {
  std::size_t at = name.size();
  for (;;) {
    const std::size_t dot = at == 0 ? std::string_view::npos : name.rfind('.', at - 1);
    const std::size_t start = dot == std::string_view::npos ? 0 : dot + 1;
    if (start == 0 || !is_public_suffix(name.substr(start))) return name.substr(start);
    at = dot;
  }
}

}  // namespace postlint::smtpd
