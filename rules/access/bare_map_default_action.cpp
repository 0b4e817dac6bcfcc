#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::bare_map_default_action {

constexpr RuleInfo info{.id = "access/bare-map-default-action",
                        .title = "a table stands in a list without the check that asks it",
                        .severity = Severity::style};

using Stage = RestrictionList::Stage;

/// What a bare table means in the list; empty: nothing, and smtpd refuses.
std::string_view implied_check(Stage stage) {
  switch (stage) {
    case Stage::client:
      return "check_client_access";
    case Stage::helo:
      return "check_helo_access";
    case Stage::sender:
      return "check_sender_access";
    case Stage::relay:
    case Stage::recipient:
      return "check_recipient_access";
    case Stage::etrn:
      return "check_etrn_access";
    case Stage::data:
    case Stage::end_of_data:
    case Stage::restriction_class:
      return {};
  }
  return {};
}

void report(const RestrictionItem& item, const RestrictionList& list, Sink& sink) {
  const std::string_view check = implied_check(list.stage);
  const std::string_view owner = assigned_name(sink.workspace(), item.span());
  auto finding = sink.report(info).at(item.word);
  finding.parameter(owner.empty() ? list.name : owner).item(item.text());
  if (check.empty()) {
    finding
        .message(list.name, " needs a check_..._access in front of ", item.text(),
                 ": every request that reaches it is answered 451 4.3.5 Server configuration "
                 "error")
        .severity(Severity::error);
    return;
  }
  finding.message(item.text(), " without a check in front means ", check,
                  " in this list, and something else in others");
  if (sink.text(item.span()) != item.text()) return;
  finding.fix(Fix::safe("write " + std::string(check))
                  .insert_before(item.span(), std::string(check) + " "));
}

void check(const RestrictionList& list, Sink& sink) {
  if (list.stage == Stage::restriction_class) return;
  const RestrictionItem* end = always_ends(list, sink.lists(*list.service));
  for (const RestrictionItem& item : list.items) {
    if (item.kind == RestrictionItem::Kind::table) report(item, list, sink);
    if (&item == end) break;
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::bare_map_default_action
