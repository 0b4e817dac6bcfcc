#include <algorithm>

#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/dialogue.hpp"
#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/shadowed_items.hpp"

namespace postlint::rules::access::unreachable {

constexpr RuleInfo info{.id = "access/unreachable",
                        .title = "restrictions have no say: others before them always decide",
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
bool disarms_relay_check(const RestrictionItem& decider, const Service& service, Sink& sink) {
  const RelayControl& control = relay_control(service, sink);
  const auto disarmed = disarmed_check(control);
  return !control.has_check() && disarmed && disarmed->kind == DisarmedCheck::Kind::behind_permit &&
         disarmed->cause->span() == decider.span();
}

void check_tail(const RestrictionList& list, Sink& sink) {
  const RestrictionItem* end = always_ends(list, sink.lists(*list.service));
  if (end == nullptr || end == &list.items.back()) return;
  if (disarms_relay_check(*end, *list.service, sink)) return;
  report({end, end + 1, &list.items.back()}, list, sink);
}

// ---- items that some other items together leave nothing to decide

std::optional<smtpd::ListName> list_name(RestrictionList::Stage stage) {
  using Stage = RestrictionList::Stage;
  switch (stage) {
    case Stage::client:
      return smtpd::ListName::client;
    case Stage::helo:
      return smtpd::ListName::helo;
    case Stage::sender:
      return smtpd::ListName::sender;
    case Stage::relay:
      return smtpd::ListName::relay;
    case Stage::recipient:
      return smtpd::ListName::recipient;
    default:
      return std::nullopt;
  }
}

/// An item without a say, in the words of the list under check.
struct Shadow {
  const RestrictionItem* item = nullptr;
  std::vector<const RestrictionItem*> by;
  smtpd::ShadowedItem found;
};

/// Null for words of a compiled default, which stand nowhere.
const RestrictionItem* item_at(const RestrictionList& list, const Span& word) {
  if (!word.in_file()) return nullptr;
  const auto found = std::find_if(list.items.begin(), list.items.end(),
                                  [&](const RestrictionItem& item) { return item.span() == word; });
  return found == list.items.end() ? nullptr : &*found;
}

std::vector<Shadow> shadows(const RestrictionList& list, const Service& service, Sink& sink) {
  const smtpd::Server& server = server_of(service, sink);
  const auto name = list_name(list.stage);
  // Other lists may run before the recipient is known.
  const bool early = list.stage != RestrictionList::Stage::relay &&
                     list.stage != RestrictionList::Stage::recipient;
  if (!server.fatal().empty() || !name || (early && !server.parameters().delay_reject)) return {};
  std::vector<Shadow> all;
  const smtpd::RestrictionList& words = server.list(*name);
  const auto item = [&](const smtpd::ListItem& each) {
    return item_at(list, words.place(each.first, each.first));
  };
  for (smtpd::ShadowedItem& found : smtpd::shadowed_items(server, *name)) {
    Shadow shadow{item(found.item), {}, std::move(found)};
    for (const smtpd::ListItem& each : shadow.found.shadowed_by) shadow.by.push_back(item(each));
    const bool known = shadow.item != nullptr &&
                       std::find(shadow.by.begin(), shadow.by.end(), nullptr) == shadow.by.end();
    if (known) all.push_back(std::move(shadow));
  }
  return all;
}

bool is_repeated(const Shadow& shadow) {
  return shadow.by.size() == 1 && text_of(*shadow.by.front()) == text_of(*shadow.item);
}

/// A relay check that others leave nothing to refuse is the matter of the rules on relaying.
bool is_disarmed(const Shadow& shadow, const EffectiveConfig& config) {
  const auto checks = [&](const RestrictionItem* item) {
    return item->restriction != nullptr && is_relay_check(*item->restriction, config.version());
  };
  return checks(shadow.item) && std::none_of(shadow.by.begin(), shadow.by.end(), checks);
}

std::string names_of(const std::vector<const RestrictionItem*>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += text_of(*items[i]);
  }
  return text;
}

std::string message_of(const Shadow& shadow) {
  const std::string item = text_of(*shadow.item);
  const std::string others = names_of(shadow.by);
  const bool one = shadow.by.size() == 1;
  if (is_repeated(shadow))
    return item + " stands in the list for the second time, and does nothing";
  if (shadow.found.never_asked)
    return item + " is never asked: " + others + " before it " + (one ? "decides" : "decide") +
           " on every mail";
  if (shadow.found.same_outcome)
    return item + " has no say: " + others + " before it " + (one ? "does" : "do") +
           " all that it would do";
  return item + " has no say: whatever it would decide, " + others + " before it " +
         (one ? "decides" : "decide");
}

/// Only what is known for certain is shown.
void add_witness(FindingBuilder& finding, const Shadow& shadow, const smtpd::Server& server) {
  if (!shadow.found.witness) return;
  const smtpd::Request& request = *shadow.found.witness;
  const smtpd::Trace trace = smtpd::evaluate(server, request, smtpd::Facts{});
  if (trace.reply.empty()) return;
  finding.witness({smtpd::dialogue_line(request), smtpd::request_keys(request), trace.reply});
}

void report(const Shadow& shadow, const RestrictionList& list, Sink& sink) {
  const RestrictionItem& item = *shadow.item;
  const std::string_view owner = assigned_name(sink.workspace(), item.span());
  auto finding = sink.report(info).at(item.full_span());
  finding.message(message_of(shadow))
      .parameter(owner.empty() ? list.name : owner)
      .item(item.text());
  add_witness(finding, shadow, server_of(*list.service, sink));
  for (const RestrictionItem* by : shadow.by)
    finding.related(by->full_span(), is_repeated(shadow) ? "the first time" : "decides before it");
  if (shadow.found.same_outcome) finding.severity(Severity::style);
  const Tail only{&item - 1, &item, &item};
  if (holds_relay_check(only, list.config()) && !is_repeated(shadow)) return;
  if (const auto gap = deletion(only, sink))
    finding.fix(Fix::safe("delete what has no say").remove(*gap));
}

/// Services that share the list may differ in what its words mean.
void check_shadows(const RestrictionList& list, Sink& sink) {
  if (list.items.size() < 2) return;
  // Both have a say; the server need not be made for this.
  if (is_login_gate(list) && list.config().boolean("smtpd_sasl_auth_enable")) return;
  std::vector<Shadow> everywhere = shadows(list, *list.service, sink);
  for (const Service* service : list.services) {
    if (service == list.service || everywhere.empty()) continue;
    const std::vector<Shadow> there = shadows(list, *service, sink);
    std::erase_if(everywhere, [&](const Shadow& shadow) {
      return std::none_of(there.begin(), there.end(),
                          [&](const Shadow& other) { return other.item == shadow.item; });
    });
  }
  for (const Shadow& shadow : everywhere) {
    if (!is_disarmed(shadow, list.config())) report(shadow, list, sink);
  }
}

void check(const RestrictionList& list, Sink& sink) {
  check_tail(list, sink);
  check_shadows(list, sink);
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::unreachable
