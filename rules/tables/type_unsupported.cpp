#include "grammar/network.hpp"
#include "grammar/restriction_list.hpp"
#include "grammar/table_ref.hpp"
#include "src/engine/failing_lookup.hpp"
#include "src/engine/places.hpp"
#include "src/engine/readers.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::tables::type_unsupported {

constexpr RuleInfo info{.id = "tables/type-unsupported",
                        .title = "a lookup table has a type that Postfix does not have",
                        .severity = Severity::error};

std::string_view nearest(std::string_view type) {
  text::DidYouMean meant(type);
  for (const std::string_view each :
       {"btree",     "cdb",    "cidr",    "dbm",      "environ",  "fail",     "hash",
        "inline",    "ldap",   "lmdb",    "memcache", "mongodb",  "mysql",    "nis",
        "pcre",      "pgsql",  "pipemap", "proxy",    "randmap",  "regexp",   "sdbm",
        "socketmap", "sqlite", "static",  "tcp",      "texthash", "unionmap", "unix"}) {
    meant.offer(each);
  }
  return meant.best();
}

/// An IPv6 address without [ ] in a list of networks: relay/mynetworks-bad-cidr.
bool is_address(const TableReference& table) {
  const std::string_view text = table.place.text();
  return grammar::parse_address(text.substr(0, text.find('/'))).has_value();
}

void report(const TableReference& table, Sink& sink) {
  const std::string_view type = table.type.text();
  const database::TableType* newer = sink.database().table_type(type);
  const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
  auto finding = sink.report(info).at(table.type);
  finding.origin(*table.setting)
      .parameter(owner.empty() ? table.parameter : owner)
      .item(table.place.text());
  if (newer != nullptr) {
    finding.message("tables of type ", type, ": came with Postfix ",
                    database::branch_text(newer->since), ", later than ",
                    database::branch_text(sink.version()),
                    ": every lookup in the table fails, and ", failing_lookup(table));
    return;
  }
  finding.message("there is no table type ", type, ": every lookup in the table fails, and ",
                  failing_lookup(table));
  const std::string_view meant = nearest(type);
  if (meant.empty()) return;
  finding.label("did you mean ", meant, ":?");
  if (sink.text(table.type.span()) != type) return;
  finding.fix(Fix::unsafe("write " + std::string(meant) + "; the table then counts")
                  .replace(table.type.span(), std::string(meant)));
}

void check(const Workspace&, Sink& sink) {
  for (const TableReference& table : table_references(sink)) {
    if (table.is_include() || table.row != nullptr || is_address(table)) continue;
    report(table, sink);
  }
}

bool names_no_type(std::string_view word) {
  const grammar::TableProblem problem = grammar::parse_table_ref(word).problem;
  return problem == grammar::TableProblem::no_colon ||
         problem == grammar::TableProblem::empty_type ||
         problem == grammar::TableProblem::empty_name;
}

void say_who_dies(FindingBuilder& finding, const Assignment& assignment, std::string_view word,
                  Sink& sink) {
  const Readers openers = openers_of(assignment, sink);
  if (openers.nobody()) {
    finding.severity(Severity::warning)
        .message(word,
                 " is no lookup table of the form type:name: a program that opens it would "
                 "die, but no service here does");
    return;
  }
  finding.message(word, " is no lookup table of the form type:name: ", openers.text("dies", "die"))
      .note("the log then says: open dictionary: expecting \"type:name\" form instead of \"", word,
            "\"");
}

void report_form(const Assignment& assignment, const MappedView& word, Sink& sink) {
  const std::string_view text = word.text();
  const std::string_view owner = assigned_name(sink.workspace(), word.span());
  auto finding = sink.report(info).at(word);
  finding.origin(assignment.setting())
      .parameter(owner.empty() ? assignment.name : owner)
      .item(text);
  say_who_dies(finding, assignment, text, sink);
  if (text.front() != '/' || sink.text(word.span()) != text) return;
  const std::string type(assignment.config->text("default_database_type"));
  finding.fix(Fix::unsafe("write " + type + ":" + std::string(text) + "; the table then counts")
                  .insert_before(word.span(), type + ":"));
}

/// dict_open(3) wants type:name, and ends the program where it gets something else.
void check_form(const Assignment& assignment, Sink& sink) {
  if (value_kind(sink.database(), assignment.name) != ValueKind::tables) return;
  if (!assignment.in_main() && openers_of(assignment, sink).nobody()) return;
  const Setting& setting = assignment.setting();
  if (setting.status != model::ExpansionStatus::ok || !setting.unknown_facts.empty()) return;
  for (const grammar::Word& word : grammar::parse_restriction_list(setting.text()).words) {
    const MappedView view = setting.view().sub(word.range);
    // The text of a comment, or a quote in front: mistakes of other kinds.
    if (view.text().find_first_of("#\"'") != std::string_view::npos) return;
    if (names_no_type(view.text())) report_form(assignment, view, sink);
  }
}

extern const Rule rule{info, {.on_parameter = check_form, .on_config = check}};

}  // namespace postlint::rules::tables::type_unsupported
