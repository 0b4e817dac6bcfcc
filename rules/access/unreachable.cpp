#include <algorithm>

#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::unreachable {

constexpr RuleInfo info{.id = "access/unreachable",
                        .title = "restrictions stand behind one that always decides",
                        .severity = Severity::warning};

/// The restrictions behind the one that decides, as a piece of the list.
struct Tail {
  const RestrictionItem* decider = nullptr;
  const RestrictionItem* first = nullptr;
  const RestrictionItem* last = nullptr;

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(last - first) + 1; }
};

std::string text_of(const RestrictionItem& item) {
  std::string text(item.text());
  if (item.argument) text += " " + std::string(item.argument->text());
  return text;
}

/// Words that say once more that the list ends here; people write them to be safe.
bool only_ends(const Tail& tail) {
  return std::all_of(tail.first, tail.last + 1, [](const RestrictionItem& item) {
    return always_decides(item) || item.is("reject_unauth_destination") ||
           item.is("defer_unauth_destination");
  });
}

/// From the end of the deciding word to the end of the list, where that is one piece of one value
/// without comments in between.
std::optional<Span> deletion(const Tail& tail, Sink& sink) {
  const Span from = tail.decider->full_span();
  const Span to = tail.last->full_span();
  const bool one_piece =
      from.in_file() && from.file == to.file && from.hi < to.hi &&
      assigned_name(sink.workspace(), from) == assigned_name(sink.workspace(), to) &&
      std::all_of(tail.first, tail.last + 1, [&](const RestrictionItem& item) {
        return item.span().file == from.file && item.span().lo >= from.hi &&
               item.full_span().hi <= to.hi;
      });
  if (!one_piece) return std::nullopt;
  const Span gap{from.file, from.hi, to.hi};
  const std::string_view bytes = sink.text(gap);
  // A `$name` in between would go, too, and comments are to be kept.
  if (bytes.find_first_of("#$") != std::string_view::npos) return std::nullopt;
  return gap;
}

/// smtpd's test at its start looks behind classes for a relay check.
bool holds_relay_check(const Tail& tail, const EffectiveConfig& config) {
  return std::any_of(tail.first, tail.last + 1, [&](const RestrictionItem& item) {
    return item.restriction != nullptr && is_relay_check(*item.restriction, config.version());
  });
}

void report(const Tail& tail, const RestrictionList& list, Sink& sink) {
  const std::string_view owner = assigned_name(sink.workspace(), tail.first->span());
  auto finding = sink.report(info).at(tail.first->full_span());
  const std::size_t more = tail.size() - 1;
  const std::string others = more == 0 ? ""
                             : more == 1
                                 ? " and the restriction after it"
                                 : " and the " + std::to_string(more) + " restrictions after it";
  finding
      .message(text_of(*tail.first), others, more == 0 ? " does" : " do",
               " nothing: ", tail.decider->text(), " before it always ends the list")
      .parameter(owner.empty() ? list.name : owner)
      .item(tail.first->text())
      .related(tail.decider->span(), tail.decider->kind == RestrictionItem::Kind::class_name
                                         ? "this class always decides"
                                         : "this always decides");
  if (only_ends(tail)) finding.severity(Severity::style);
  if (holds_relay_check(tail, list.config())) return;
  if (const auto gap = deletion(tail, sink)) {
    finding.fix(Fix::safe("delete what is never asked").remove(*gap));
  }
}

/// relay/permit-before-reject speaks of this very word.
bool disarms_relay_check(const RestrictionItem& decider,
                         const std::vector<RestrictionList>& lists) {
  const RelayControl control = relay_control(lists);
  const auto disarmed = disarmed_check(control);
  return !control.has_check() && disarmed && disarmed->kind == DisarmedCheck::Kind::behind_permit &&
         disarmed->cause->span() == decider.span();
}

void check(const RestrictionList& list, Sink& sink) {
  const std::vector<RestrictionList>& lists = sink.lists(*list.service);
  const RestrictionItem* end = always_ends(list, lists);
  if (end == nullptr || end == &list.items.back() || disarms_relay_check(*end, lists)) return;
  report({end, end + 1, &list.items.back()}, list, sink);
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::unreachable
