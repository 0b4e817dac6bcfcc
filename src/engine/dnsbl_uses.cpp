#include "src/engine/dnsbl_uses.hpp"

#include <algorithm>
#include <charconv>

#include "grammar/restriction_list.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::engine {

namespace {

DnsblUse make_use(const text::MappedView& word) {
  DnsblUse use;
  use.word = word;
  const std::string_view text = word.text();
  for (const char c : text.substr(0, text.find_first_of("=*"))) {
    use.zone += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  use.filtered = text.find('=') != std::string_view::npos;
  use.known = database::Database::dnsbl(use.zone);
  return use;
}

bool runs_postscreen(const model::Workspace& workspace) {
  const auto& services = workspace.services();
  return std::any_of(services.begin(), services.end(), [](const model::Service& service) {
    return program_of(service) == "postscreen";
  });
}

}  // namespace

std::vector<DnsblUse> dnsbl_uses(const RestrictionList& list, Sink& sink) {
  std::vector<DnsblUse> uses;
  const RestrictionItem* end = always_ends(list, sink.lists(*list.service));
  for (const RestrictionItem& item : list.items) {
    const bool asks = item.kind == RestrictionItem::Kind::keyword && item.argument &&
                      item.restriction->argument == database::Argument::domain;
    if (asks) {
      uses.push_back(make_use(*item.argument));
      uses.back().item = &item;
    }
    if (&item == end) break;
  }
  return uses;
}

std::vector<DnsblUse> dnsbl_uses(const Assignment& assignment, Sink& sink) {
  std::vector<DnsblUse> uses;
  const bool asked = assignment.name == "postscreen_dnsbl_sites" &&
                     runs_postscreen(sink.workspace()) &&
                     assignment.setting().status == model::ExpansionStatus::ok;
  if (!asked) return uses;
  const text::MappedView value = assignment.setting().view();
  for (const text::Range range : grammar::parse_plain_list(value.text())) {
    uses.push_back(make_use(value.sub(range)));
    const std::string_view text = uses.back().word.text();
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) continue;
    std::from_chars(text.data() + star + 1, text.data() + text.size(), uses.back().weight);
  }
  return uses;
}

}  // namespace postlint::engine
