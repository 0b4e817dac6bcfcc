#include "src/smtpd/facts.hpp"

namespace postlint::smtpd {
namespace {

std::string fold_name(std::string_view name) {
  std::string folded(name);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (folded.size() > 1 && folded.back() == '.') folded.pop_back();
  return folded;
}

bool has_subdomain(const DnsFacts& facts, const std::string& name) {
  const std::string suffix = '.' + name;
  for (const auto& entry : facts.names)
    if (entry.first.size() > suffix.size() && entry.first.ends_with(suffix)) return true;
  return false;
}

}  // namespace

DnsAnswer DnsFacts::query(std::string_view name, std::string_view type) const {
  const std::string folded = fold_name(name);
  const auto found = names.find(folded);
  const bool closed = rest.kind == DnsAnswer::Kind::nxdomain;
  const DnsAnswer no_data{DnsAnswer::Kind::no_data, {}};
  if (found == names.end()) return closed && has_subdomain(*this, folded) ? no_data : rest;
  const auto records = found->second.find(type);
  if (records != found->second.end()) return records->second;
  const auto all = found->second.find("*");
  if (all != found->second.end()) return all->second;
  return closed ? no_data : DnsAnswer{};
}

Facts ordinary_facts(const Facts& facts, const std::vector<std::string>& domains) {
  using K = DnsAnswer::Kind;
  Facts all = facts;
  for (const std::string& domain : domains) {
    if (facts.dns.query(domain, "A").kind != K::unknown) continue;
    auto& types = all.dns.names[domain];
    types.emplace("A", DnsAnswer{K::records, {"198.51.100.23"}});
    types.emplace("AAAA", DnsAnswer{K::no_data, {}});
    types.emplace("MX", DnsAnswer{K::records, {"10 " + domain}});
    types.emplace("NS", DnsAnswer{K::records, {domain}});
  }
  if (all.dns.rest.kind == K::unknown) all.dns.rest.kind = K::nxdomain;
  return all;
}

}  // namespace postlint::smtpd
