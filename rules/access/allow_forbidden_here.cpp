#include "rules/servers.hpp"
#include "src/engine/access_results.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::access::allow_forbidden_here {

constexpr RuleInfo info{.id = "access/allow-forbidden-here",
                        .title = "a table permits where smtpd allows no permit",
                        .severity = Severity::error};

/// forbid_allowlist() of smtpd_check.c: what the client's DNS says cannot permit.
bool forbids_permit(std::string_view keyword) {
  return keyword == "check_reverse_client_hostname_access" || keyword.ends_with("_a_access") ||
         keyword.ends_with("_mx_access") || keyword.ends_with("_ns_access");
}

/// The result within the entry, where it stands there as it is.
Span result_span(const smtpd::TableEntry& entry, Sink& sink) {
  const std::string_view text = sink.text(entry.span);
  if (entry.value.empty() || !text.ends_with(entry.value)) return {};
  Span span = entry.span;
  span.lo = span.hi - static_cast<std::uint32_t>(entry.value.size());
  return span;
}

void look(const TableReference& reference, const smtpd::TableSet& tables, Sink& sink) {
  const smtpd::Table& table =
      tables.open(reference.place, smtpd::address_map_flags(*reference.config));
  std::size_t count = 0;
  std::string pattern;
  std::string value;
  Span place;
  Span result;
  table.each_entry([&](const smtpd::TableEntry& entry) {
    if (!permits_outright(entry.value) || count++ > 0) return true;
    pattern = entry.pattern;
    value = entry.value;
    place = entry.span;
    result = result_span(entry, sink);
    return true;
  });
  if (count == 0) return;
  auto finding = sink.report(info).at(place.in_file() ? place : reference.place.span());
  finding
      .message(reference.keyword, " may not permit, and here it answers ", value,
               ": what the entry matches is answered 451 4.3.5 Server configuration error")
      .item(pattern);
  if (place.in_file() && place.file != reference.place.span().file) {
    finding.related(reference.place.span(), "the table is asked here");
  }
  if (count > 1) finding.note(std::to_string(count), " entries of the table permit");
  if (result.in_file()) {
    finding.fix(Fix::unsafe("answer DUNNO; the words behind then decide on what it matches")
                    .replace(result, "DUNNO"));
  }
}

void check(const Workspace&, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  for (const TableReference& reference : table_references(sink)) {
    if (forbids_permit(reference.keyword)) look(reference, tables, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::access::allow_forbidden_here
