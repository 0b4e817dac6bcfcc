#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "src/engine/dnsbl_uses.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::access::dead_dnsbl {

constexpr RuleInfo info{.id = "access/dead-dnsbl",
                        .title = "a blocklist that is closed is still asked",
                        .severity = Severity::error,
                        .confidence = Confidence::likely};

/// One place that asks a closed list.
struct Place {
  Span span;
  DnsblUse use;
  std::string parameter;
  const Service* service = nullptr;  // of a list that a -o sets
  Span removal;                      // what to take out; in no file: it cannot be
};

/// The closed lists by their zones, with every place that asks them.
using Places = std::map<std::string, std::vector<Place>, std::less<>>;

/// The element at `at` with the separators up to the next one. Comments in between are kept: then
/// there is no fix.
Span removal_of(const std::vector<Span>& elements, std::size_t at, Sink& sink) {
  Span span = elements[at];
  if (!span.in_file()) return {};
  if (at + 1 < elements.size() && elements[at + 1].file == span.file) {
    span.hi = std::max(span.hi, elements[at + 1].lo);
  } else if (at > 0 && elements[at - 1].file == span.file) {
    span.lo = std::min(span.lo, elements[at - 1].hi);
  }
  return sink.text(span).find_first_of("#$") == std::string_view::npos ? span : Span{};
}

bool is_closed(const DnsblUse& use) { return use.known != nullptr && !use.known->closed.empty(); }

/// Services share the lists of main.cf.
void add(Places& all, Place place) {
  std::vector<Place>& places = all[place.use.zone];
  const bool known = std::any_of(places.begin(), places.end(),
                                 [&](const Place& other) { return other.span == place.span; });
  if (!known) places.push_back(std::move(place));
}

void add_list(const RestrictionList& list, Places& all, Sink& sink) {
  std::vector<Span> items;
  for (const RestrictionItem& item : list.items) items.push_back(item.full_span());
  for (DnsblUse& use : dnsbl_uses(list, sink)) {
    if (!is_closed(use)) continue;
    const Span span = use.word.span();
    const std::string_view owner = assigned_name(sink.workspace(), span);
    const auto at = static_cast<std::size_t>(use.item - list.items.data());
    const Span removal = use.item->warn_only ? Span{} : removal_of(items, at, sink);
    const bool in_master = span.file != sink.workspace().main().file;
    add(all, {span, std::move(use), std::string(owner.empty() ? list.name : owner),
              in_master ? list.service : nullptr, removal});
  }
}

void add_sites(const Assignment& assignment, Places& all, Sink& sink) {
  std::vector<DnsblUse> uses = dnsbl_uses(assignment, sink);
  std::vector<Span> words;
  for (const DnsblUse& use : uses) words.push_back(use.word.span());
  for (std::size_t at = 0; at < uses.size(); ++at) {
    if (!is_closed(uses[at])) continue;
    add(all, {words[at], std::move(uses[at]), std::string(assignment.name), assignment.service,
              removal_of(words, at, sink)});
  }
}

Places closed_lists(Sink& sink) {
  Places all;
  for (const Service& service : sink.workspace().services()) {
    for (const RestrictionList& list : sink.lists(service)) add_list(list, all, sink);
  }
  for (const Assignment& assignment : settings_in_force(sink)) add_sites(assignment, all, sink);
  for (auto& [zone, places] : all) {
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return std::pair(a.span.file, a.span.lo) < std::pair(b.span.file, b.span.lo);
    });
  }
  return all;
}

/// One for all places, or none.
void add_fix(FindingBuilder& finding, const std::vector<Place>& places) {
  std::vector<Span> removals;
  for (const Place& place : places) {
    if (!place.removal.in_file()) return;
    const bool touches = !removals.empty() && removals.back().file == place.removal.file &&
                         removals.back().hi >= place.removal.lo;
    if (touches) {
      removals.back().hi = std::max(removals.back().hi, place.removal.hi);
    } else {
      removals.push_back(place.removal);
    }
  }
  auto fix = Fix::unsafe("delete it; clients that it lists are no longer refused by it");
  for (const Span& each : removals) fix.remove(each);
  finding.fix(std::move(fix));
}

void report(const std::string& zone, const std::vector<Place>& places, Sink& sink) {
  const Place& first = places.front();
  const database::Dnsbl& list = *first.use.known;
  auto finding = sink.report(info).at(first.use.word);
  finding
      .message(zone, " is closed (", list.closed, "): ",
               list.lists_everybody
                   ? "it has answered that everybody is listed, and then all mail is refused"
                   : "it refuses nobody and costs time, until the name is let to somebody who "
                     "answers that everybody is listed")
      .parameter(first.parameter)
      .item(zone);
  if (first.service != nullptr) finding.service(*first.service);
  if (!list.lists_everybody) finding.severity(Severity::warning);
  for (std::size_t i = 1; i < places.size(); ++i)
    finding.related(places[i].span, "asked here, too");
  add_fix(finding, places);
}

void check(const Workspace&, Sink& sink) {
  for (const auto& [zone, places] : closed_lists(sink)) report(zone, places, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::access::dead_dnsbl
