#include <map>
#include <set>

#include "rules/servers.hpp"
#include "src/engine/access_results.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::access::rhs_unknown_action {

constexpr RuleInfo info{
    .id = "access/rhs-unknown-action",
    .title = "an access table answers what is neither an action nor a restriction",
    .severity = Severity::error};

using Problem = AccessResult::Problem;

/// The first entry of its kind, and how many there are.
struct Wrong {
  AccessResult result;
  std::string pattern;
  Span span;
  std::size_t count = 0;
};

std::string message_of(const AccessResult& result) {
  constexpr const char* refused =
      "what it matches is answered 451 4.3.5 Server configuration error";
  switch (result.problem) {
    case Problem::unknown_word:
      return result.word + " is neither an action nor a restriction: " + refused;
    case Problem::table:
      return "an access table cannot answer with a lookup table or an address (" + result.word +
             "): " + refused;
    case Problem::empty:
      return std::string("the entry has no result: ") + refused;
    case Problem::lone_code:
      return result.word +
             " without a text is a number, and numbers permit: what it matches is "
             "let through";
    case Problem::no_argument:
      return result.word + " lacks its argument: the entry has no effect";
    case Problem::none:
      break;
  }
  return {};
}

void report(const Wrong& wrong, const TableReference& table, Sink& sink) {
  auto finding = sink.report(info).at(wrong.span.in_file() ? wrong.span : table.place.span());
  finding.message(message_of(wrong.result)).item(wrong.pattern);
  if (wrong.span.in_file() && wrong.span.file != table.place.span().file) {
    finding.related(table.place.span(), "the table is asked here");
  }
  if (wrong.count > 1) {
    finding.note(std::to_string(wrong.count), " entries of the table have the same mistake");
  }
}

void look(const TableReference& reference, const smtpd::TableSet& tables, Sink& sink) {
  const smtpd::Table& table =
      tables.open(reference.place, smtpd::address_map_flags(*reference.config));
  std::map<Problem, Wrong> found;
  std::set<std::string, std::less<>> good;
  table.each_entry([&](const smtpd::TableEntry& entry) {
    if (good.contains(entry.value)) return true;
    AccessResult result = judge_access_result(entry.value, *reference.config);
    if (result.problem == Problem::none) return good.emplace(entry.value), true;
    Wrong& wrong = found[result.problem];
    if (wrong.count++ == 0) {
      wrong.result = std::move(result);
      wrong.pattern = entry.pattern;
      wrong.span = entry.span;
    }
    return true;
  });
  for (const auto& [problem, wrong] : found) report(wrong, reference, sink);
}

void check(const Workspace&, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  for (const TableReference& reference : table_references(sink)) {
    if (reference.kind == ValueKind::restriction) look(reference, tables, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::access::rhs_unknown_action
