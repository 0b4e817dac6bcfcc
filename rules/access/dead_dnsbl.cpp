#include <unordered_set>

#include "src/engine/dnsbl_uses.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::dead_dnsbl {

constexpr RuleInfo info{.id = "access/dead-dnsbl",
                        .title = "a blocklist that is closed is still asked",
                        .severity = Severity::error,
                        .confidence = Confidence::likely};

/// Takes the item out, with the separators up to the next one. Comments in between are kept: then
/// there is no fix.
void add_fix(FindingBuilder& finding, const RestrictionItem& item, const RestrictionList& list,
             Sink& sink) {
  const auto at = static_cast<std::size_t>(&item - list.items.data());
  Span span = item.full_span();
  if (!span.in_file() || item.warn_only) return;
  if (at + 1 < list.items.size() && list.items[at + 1].span().file == span.file) {
    const Span next = list.items[at + 1].span();
    if (next.lo > span.hi) span.hi = next.lo;
  } else if (at > 0 && list.items[at - 1].full_span().file == span.file) {
    const Span before = list.items[at - 1].full_span();
    if (before.hi < span.lo) span.lo = before.hi;
  }
  if (sink.text(span).find_first_of("#$") != std::string_view::npos) return;
  finding.fix(
      Fix::unsafe("delete it; clients that it lists are no longer refused by it").remove(span));
}

void say(FindingBuilder& finding, const DnsblUse& use, std::string_view parameter, Sink& sink) {
  const database::Dnsbl& list = *use.known;
  const std::string_view owner = assigned_name(sink.workspace(), use.word.span());
  finding
      .message(use.zone, " is closed (", list.closed, "): ",
               list.lists_everybody
                   ? "it has answered that everybody is listed, and then all mail is refused"
                   : "it refuses nobody and costs time, until the name is let to somebody who "
                     "answers that everybody is listed")
      .parameter(owner.empty() ? parameter : owner)
      .item(use.zone);
  if (!list.lists_everybody) finding.severity(Severity::warning);
}

/// Calls report(use) for the closed lists; postscreen often names one several times, for its codes.
template <class Report>
void for_each_closed(const std::vector<DnsblUse>& uses, Report report) {
  std::unordered_set<std::string> done;
  for (const DnsblUse& use : uses) {
    if (use.known == nullptr || use.known->closed.empty()) continue;
    if (use.item != nullptr || done.insert(use.zone).second) report(use);
  }
}

void check_list(const RestrictionList& list, Sink& sink) {
  for_each_closed(dnsbl_uses(list, sink), [&](const DnsblUse& use) {
    auto finding = sink.report(info).at(use.word);
    say(finding, use, list.name, sink);
    add_fix(finding, *use.item, list, sink);
  });
}

void check_sites(const Assignment& assignment, Sink& sink) {
  for_each_closed(dnsbl_uses(assignment, sink), [&](const DnsblUse& use) {
    auto finding = sink.report(info).at(use.word);
    say(finding, use, assignment.name, sink);
  });
}

extern const Rule rule{info, {.on_parameter = check_sites, .on_restriction_list = check_list}};

}  // namespace postlint::rules::access::dead_dnsbl
