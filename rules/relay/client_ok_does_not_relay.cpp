#include <algorithm>

#include "rules/servers.hpp"
#include "src/engine/access_results.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/address_blocks.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::client_ok_does_not_relay {

constexpr RuleInfo info{.id = "relay/client-ok-does-not-relay",
                        .title = "a permit in smtpd_client_restrictions does nothing",
                        .severity = Severity::info,
                        .confidence = Confidence::likely};

using smtpd::TableEntry;
using Stage = RestrictionList::Stage;

/// The table that an item of the client list asks about the client; null: it asks none.
const MappedView* client_table(const RestrictionItem& item) {
  if (item.kind == RestrictionItem::Kind::table) return &item.word;
  return item.is("check_client_access") && item.argument ? &*item.argument : nullptr;
}

bool is_asked_for_relaying(std::string_view table, const std::vector<RestrictionList>& lists) {
  return std::any_of(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    if (list.stage == Stage::client) return false;
    return std::any_of(list.items.begin(), list.items.end(), [&](const RestrictionItem& item) {
      return (item.argument && item.argument->text() == table) || item.text() == table;
    });
  });
}

/// Nothing that such a client would be spared.
bool never_refuses(const RestrictionItem& item) {
  return item.restriction != nullptr && item.restriction->canonical.starts_with("permit");
}

/// Is the entry about clients that are not in mynetworks?
bool is_of_others(const TableEntry& entry, const smtpd::MatchList& trusted) {
  const bool by_key = entry.kind == TableEntry::Kind::exact;
  if (!by_key && entry.kind != TableEntry::Kind::network) return false;
  const auto network =
      by_key ? smtpd::network_of_key(entry.pattern) : grammar::parse_network(entry.pattern).network;
  if (!network) return by_key && !trusted.match(std::string(entry.pattern), "-").matched();
  return !trusted.match("unknown", grammar::to_text(network->address)).matched();
}

/// The entries that permit clients outside mynetworks. None where the table also refuses: a permit
/// then makes an exception.
struct Permits {
  std::size_t count = 0;
  std::string first;
  Span span;
};

Permits permits_of(const smtpd::Table& table, const smtpd::MatchList& trusted) {
  Permits found;
  bool refuses = false;
  table.each_entry([&](const TableEntry& entry) {
    if (!permits_outright(entry.value)) {
      refuses = !smtpd::same_word(entry.value, "DUNNO");
    } else if (is_of_others(entry, trusted) && found.count++ == 0) {
      found.first = entry.pattern;
      found.span = entry.span;
    }
    return !refuses;
  });
  return refuses ? Permits{} : found;
}

void report(const MappedView& table, const Permits& permits, const RestrictionList& list,
            const RestrictionList& deciding, Sink& sink) {
  auto finding = sink.report(info).at(table);
  finding
      .message(table.text(), " permits ", permits.first, " to no effect: nothing behind it in ",
               list.name, " refuses anybody, and relaying is decided in ", deciding.name,
               ", which does not ask this table")
      .origin(*list.setting)
      .item(table.text())
      .related(permits.span, "this client may not relay")
      .related(deciding.setting->origin().span, "decides on relaying");
  if (permits.count > 1) {
    finding.note(std::to_string(permits.count), " entries permit clients outside mynetworks");
  }
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  const RestrictionList* list = sink.list(service, Stage::client);
  const RelayControl& control = relay_control(service, sink);
  if (list == nullptr || !control.has_check()) return;
  const RestrictionList& deciding =
      control.relay.check ? *control.relay.list : *control.recipient.list;
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::MatchList trusted = smtpd::trusted_clients(tables, *service.config);
  for (auto item = list->items.rbegin(); item != list->items.rend(); ++item) {
    if (never_refuses(*item)) continue;
    const MappedView* table = client_table(*item);
    if (table == nullptr || is_asked_for_relaying(table->text(), lists)) return;
    const Permits permits =
        permits_of(tables.open(*table, smtpd::address_map_flags(*service.config)), trusted);
    if (permits.count == 0) return;
    report(*table, permits, *list, deciding, sink);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::client_ok_does_not_relay
