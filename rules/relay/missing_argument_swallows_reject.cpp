#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::missing_argument_swallows_reject {

constexpr RuleInfo info{.id = "relay/missing-argument-swallows-reject",
                        .title = "a keyword without its argument takes the relay check for one",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

/// Moves a DNSBL name that stands behind the swallowed word back to its keyword.
void add_fix(FindingBuilder& finding, const RestrictionList& list, std::size_t index) {
  const RestrictionItem& keyword = list.items[index];
  if (index + 1 == list.items.size()) return;
  const RestrictionItem& next = list.items[index + 1];
  const bool domain = keyword.restriction->argument == database::Argument::domain &&
                      next.kind == RestrictionItem::Kind::unknown &&
                      next.text().find('.') != std::string_view::npos;
  if (!domain) return;
  const std::string check(keyword.argument->text());
  finding.fix(Fix::unsafe("put " + check + " first; strangers can then no longer relay")
                  .replace(keyword.span(), check)
                  .replace(keyword.argument->span(), std::string(keyword.text())));
}

void check(const RestrictionList& list, Sink& sink) {
  using Stage = RestrictionList::Stage;
  if (list.stage != Stage::relay && list.stage != Stage::recipient &&
      list.stage != Stage::restriction_class) {
    return;
  }
  for (const RestrictionItem& item : list.items) {
    if (!swallows_relay_check(item, list.config())) continue;
    auto finding = sink.report(info).at(*item.argument);
    finding
        .message(item.text(), " wants an argument and takes ", item.argument->text(),
                 " for it: this check is never made")
        .parameter(list.name)
        .related(item.span(), "takes the next word, whatever it is");
    add_fix(finding, list, static_cast<std::size_t>(&item - list.items.data()));
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::relay::missing_argument_swallows_reject
