#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::missing_argument {

constexpr RuleInfo info{.id = "access/missing-argument",
                        .title = "a keyword lacks the argument that it needs",
                        .severity = Severity::error};

using database::Argument;

constexpr std::string_view refused =
    "every request that reaches it is answered 451 4.3.5 Server configuration error";

/// Is the argument itself a restriction, which is thus never asked?
bool swallows_restriction(const RestrictionItem& item, const EffectiveConfig& config) {
  if (!item.argument || item.restriction->argument != Argument::domain) return false;
  const database::Restriction* word = config.database().restriction(item.argument->text());
  return word != nullptr && word->since <= config.version();
}

void say_absent(FindingBuilder& finding, const RestrictionItem& item) {
  switch (item.restriction->argument) {
    case Argument::domain:
      finding.message(item.text(),
                      " has no domain behind it: smtpd logs a warning and checks nothing");
      return;
    case Argument::policy_service:
      finding.message(item.text(), " has no policy service behind it: ", refused);
      return;
    case Argument::number:
      finding.message(item.text(), " has no number of seconds behind it: ", refused);
      return;
    case Argument::table:
    case Argument::map_search:
    case Argument::none:
      finding.message(item.text(), " has no type:table behind it: ", refused);
      return;
  }
}

void say_unfit(FindingBuilder& finding, const RestrictionItem& item) {
  const std::string_view argument = item.argument->text();
  switch (item.restriction->argument) {
    case Argument::policy_service:
      finding.message(argument,
                      " is no policy service of the form type:endpoint: smtpd dies at "
                      "its start, and the port serves nobody");
      return;
    case Argument::number:
      finding.message(argument, " is no number of seconds: ", refused);
      return;
    case Argument::domain:
      finding.message(item.text(), " wants a domain and takes ", argument,
                      " for it: that restriction is never asked");
      return;
    case Argument::table:
    case Argument::map_search:
    case Argument::none:
      finding.message(argument, " is no lookup table of the form type:table: ", refused);
      return;
  }
}

void report(const RestrictionItem& item, const RestrictionList& list, Sink& sink) {
  const MappedView& place = item.argument ? *item.argument : item.word;
  const std::string_view owner = assigned_name(sink.workspace(), place.span());
  auto finding = sink.report(info).at(place);
  finding.parameter(owner.empty() ? list.name : owner).item(place.text());
  if (!item.argument) {
    say_absent(finding, item);
    return;
  }
  say_unfit(finding, item);
  finding.related(item.span(), "takes the next word, whatever it is");
}

void check(const RestrictionList& list, Sink& sink) {
  const RestrictionItem* end = always_ends(list, sink.lists(*list.service));
  for (const RestrictionItem& item : list.items) {
    const bool reached = end == nullptr || &item <= end;
    if (item.kind != RestrictionItem::Kind::keyword) continue;
    // relay/missing-argument-swallows-reject knows what that does to relaying.
    if (swallows_relay_check(item, list.config())) continue;
    // Policy services are opened at the start, wherever they stand.
    const bool opened = item.argument && item.restriction->argument == Argument::policy_service;
    const bool wrong = item.bad_argument || swallows_restriction(item, list.config());
    if (wrong && (reached || opened)) report(item, list, sink);
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::missing_argument
