#include "rules/servers.hpp"
#include "src/engine/access_results.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/resolve.hpp"

namespace postlint::rules::relay::ok_map_before_reject {

constexpr RuleInfo info{.id = "relay/ok-map-before-reject",
                        .title = "an access table permits strangers before the relay check",
                        .severity = Severity::error,
                        .subsumed_by = "relay/open-relay"};

using smtpd::TableEntry;

/// What the client says of itself, and can say at will.
enum class Subject : std::uint8_t { none, helo, sender, recipient, client };

Subject subject_of(const RestrictionStep& step) {
  const RestrictionItem& item = *step.item;
  if (item.kind == RestrictionItem::Kind::table) return Subject::recipient;
  if (item.is("check_helo_access")) return Subject::helo;
  if (item.is("check_sender_access")) return Subject::sender;
  if (item.is("check_recipient_access")) return Subject::recipient;
  if (item.is("check_client_access")) return Subject::client;
  return Subject::none;
}

/// Does this right-hand side end the list with a permit for everybody (access(5))?
bool permits(std::string_view value, const std::vector<RestrictionList>& lists) {
  if (permits_outright(value)) return true;
  const RestrictionList* inner = find_class(lists, value);
  if (inner == nullptr) return false;
  const std::vector<RestrictionStep> steps = evaluation_order(*inner, lists);
  return std::all_of(steps.begin(), steps.end() - 1,
                     [](const RestrictionStep& step) {
                       return step.item->kind == RestrictionItem::Kind::keyword;
                     }) &&
         steps.back().item->is("permit") &&
         std::none_of(steps.begin(), steps.end(), [](const RestrictionStep& step) {
           return step.item->is("reject_unauth_destination");
         });
}

/// A key that other people's mail can hit: not one's own recipients, not one client of many.
bool open_to_strangers(Subject subject, const TableEntry& entry, const smtpd::Resolver& resolver) {
  if (entry.negated || entry.conditional) return false;
  const bool everything =
      entry.kind == TableEntry::Kind::any ||
      (entry.kind == TableEntry::Kind::network && entry.pattern.ends_with("/0"));
  if (everything) return true;
  if (subject == Subject::helo || subject == Subject::sender) return true;
  if (subject != Subject::recipient || entry.kind != TableEntry::Kind::exact) return false;
  if (entry.pattern.ends_with('@') || entry.pattern.find('.') == std::string_view::npos)
    return false;
  const bool whole = entry.pattern.find('@') != std::string_view::npos;
  const std::string address = (whole ? "" : "x@") + std::string(entry.pattern);
  const smtpd::ResolvedAddress& resolved = resolver.resolve("", address);
  return resolved.status == smtpd::ResolvedAddress::Status::ok &&
         resolved.address_class == smtpd::AddressClass::default_;
}

constexpr std::string_view how(Subject subject) {
  switch (subject) {
    case Subject::helo:
      return "whoever says such a name in HELO may relay";
    case Subject::sender:
      return "whoever gives such a sender address may relay";
    case Subject::recipient:
      return "strangers may send to such recipients, which are not of this host";
    case Subject::client:
    case Subject::none:
      return "every client may relay";
  }
  return {};
}

void look(const RestrictionStep& step, const RestrictionStep& check, const Service& service,
          Sink& sink) {
  const Subject subject = subject_of(step);
  if (subject == Subject::none) return;
  const MappedView& name = step.item->table();
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::Table& table = tables.open(name, smtpd::address_map_flags(*service.config));
  const smtpd::Resolver resolver(tables, sink.workspace().config());
  std::size_t found = 0;
  std::string first;  // an entry's texts live only as long as its visit
  Span first_span;
  table.each_entry([&](const TableEntry& entry) {
    if (permits(entry.value, sink.lists(service)) && open_to_strangers(subject, entry, resolver)) {
      if (found++ == 0) {
        first = std::string(entry.pattern) + " " + std::string(entry.value);
        first_span = entry.span;
      }
    }
    return true;
  });
  if (found == 0) return;
  auto finding = sink.report(info).at(name);
  finding
      .message(name.text(), " permits (", first, ") before ", check.item->text(),
               " is asked: ", how(subject))
      .origin(*step.list->setting)
      .related(first_span, "this entry permits")
      .related(check.item->span(), "the relay check stands behind it")
      .since(relay_list_since(step.list->config()));
  if (found > 1) finding.note(std::to_string(found), " entries of the table permit");
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const RelayControl& control = relay_control(service, sink);
  // A second list with a check of its own refuses what the first has let pass.
  if (control.relay.check && control.recipient.check) return;
  const RelayList& deciding = control.relay.check ? control.relay : control.recipient;
  if (!deciding.check) return;
  for (std::size_t at = 0; at < *deciding.check; ++at) {
    look(deciding.steps[at], *deciding.check_step(), service, sink);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::ok_map_before_reject
