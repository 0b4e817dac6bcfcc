#include "src/engine/table_references.hpp"

#include <array>
#include <unordered_set>

#include "grammar/match_list.hpp"
#include "grammar/restriction_list.hpp"
#include "grammar/table_ref.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::engine {

namespace {

using Stage = RestrictionList::Stage;

/// The check_..._access that a bare table stands for; empty: none, or that of the caller.
std::string_view default_check(Stage stage) {
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

class Collector {
 public:
  Collector(Sink& sink, std::vector<TableReference>& all) : sink_(sink), all_(all) {}

  void add_assignment(const Assignment& assignment) {
    const ValueKind kind = value_kind(sink_.database(), assignment.name);
    const bool fits = kind == ValueKind::match_list || kind == ValueKind::tables;
    if (!fits || assignment.setting().status != model::ExpansionStatus::ok) return;
    TableReference base;
    base.kind = kind;
    base.parameter = assignment.name;
    base.setting = &assignment.setting();
    base.service = assignment.service;
    base.config = assignment.config;
    if (kind == ValueKind::match_list) {
      add_patterns(base);
    } else {
      add_tables(base);
    }
  }

  void add_list(const RestrictionList& list) {
    TableReference base;
    base.kind = ValueKind::restriction;
    base.parameter = list.name;
    base.setting = list.setting;
    base.service = list.service;
    base.config = list.service->config.get();
    for (const RestrictionItem& item : list.items) {
      const bool bare = item.kind == RestrictionItem::Kind::table;
      const bool argument = item.argument && !item.bad_argument &&
                            (item.restriction->argument == database::Argument::table ||
                             item.restriction->argument == database::Argument::map_search);
      if (!bare && !argument) continue;
      base.keyword = bare ? default_check(list.stage) : item.restriction->canonical;
      add_argument(base, bare ? item.word : *item.argument);
    }
  }

 private:
  void add_tables(const TableReference& base) {
    const text::MappedView value = base.setting->view();
    for (const grammar::Word& word : grammar::parse_restriction_list(value.text()).words) {
      add_table(base, value.sub(word.range));
    }
  }

  void add_patterns(const TableReference& base) {
    const text::MappedView value = base.setting->view();
    for (const grammar::MatchItem& item : grammar::parse_match_list(value.text()).items) {
      const text::MappedView pattern = value.sub(item.pattern);
      if (item.kind == grammar::MatchItem::Kind::table) add_table(base, pattern);
      if (item.kind != grammar::MatchItem::Kind::file) continue;
      TableReference include = base;
      include.place = pattern;
      include.name = pattern;
      all_.push_back(include);
    }
  }

  void add_argument(const TableReference& base, const text::MappedView& argument) {
    if (!argument.text().starts_with('{')) {
      add_table(base, argument);
      return;
    }
    const grammar::MapSearch search = grammar::parse_map_search(argument.text());
    if (search.problem == grammar::MapSearch::Problem::none) {
      add_ref(base, argument, search.table);
    }
  }

  void add_table(const TableReference& base, const text::MappedView& word) {
    add_ref(base, word, grammar::parse_table_ref(word.text()));
  }

  void add_ref(const TableReference& base, const text::MappedView& word,
               const grammar::TableRef& ref) {
    if (ref.problem != grammar::TableProblem::none) return;
    for (const grammar::TableRef& member : ref.tables) add_ref(base, word, member);
    if (!ref.tables.empty()) return;
    TableReference table = base;
    table.place = word.sub(ref.range);
    table.type = word.sub(ref.type);
    table.name = word.sub(ref.name);
    table.row = sink_.database().table_type(table.type.text());
    if (table.row != nullptr && table.row->since > sink_.version()) table.row = nullptr;
    all_.push_back(table);
  }

  Sink& sink_;
  std::vector<TableReference>& all_;
};

std::vector<TableReference> collect(Sink& sink) {
  std::vector<TableReference> all;
  Collector collector(sink, all);
  for (const Assignment& assignment : settings_in_force(sink)) {
    collector.add_assignment(assignment);
  }
  for (const model::Service& service : sink.workspace().services()) {
    for (const RestrictionList& list : sink.lists(service)) collector.add_list(list);
  }
  return all;
}

bool holds_text(const TableReference& table) {
  using Source = database::TableType::Source;
  if (table.is_include()) return true;
  if (table.row == nullptr || !table.has_path()) return false;
  const Source source = table.row->source;
  return source == Source::indexed || source == Source::text || source == Source::cidr ||
         source == Source::regexp || source == Source::pcre;
}

}  // namespace

const std::vector<TableReference>& table_references(Sink& sink) {
  return sink.shared<std::vector<TableReference>>([&] { return collect(sink); });
}

std::vector<TableText> table_texts(Sink& sink) {
  std::vector<TableText> texts;
  std::unordered_set<std::string_view> seen;
  for (const TableReference& table : table_references(sink)) {
    if (!holds_text(table) || !seen.insert(table.name.text()).second) continue;
    const model::TableFile& file = sink.workspace().table_file(table.name.text());
    if (file.status == model::TableFile::Status::read) texts.push_back({&table, file.file});
  }
  return texts;
}

}  // namespace postlint::engine
