#include "grammar/restriction_list.hpp"
#include "grammar/table_ref.hpp"
#include "src/smtpd/table_types.hpp"

namespace postlint::smtpd {
namespace {

using ResultKind = LookupResult::Kind;

/// The type's name proper, as "type:name" without proxy: prefixes.
std::string plain_name(const TableSpec& spec) {
  return spec.type + ":" + std::string(spec.name.text());
}

/// Answers the same to every key.
class ConstantTable : public Table {
 public:
  ConstantTable(const TableSpec& spec, LookupResult result)
      : Table(spec.type_name, spec.fixed_keys, spec.flags), result_(std::move(result)) {
    if (result_.stops()) set_unusable(result_.kind);
  }
  ConstantTable(const TableSpec& spec, LookupResult result, std::string fatal)
      : ConstantTable(spec, std::move(result)) {
    set_fatal(std::move(fatal));
  }

  bool each_entry(const std::function<bool(const TableEntry&)>& visit) const override {
    if (result_.stops()) return false;
    if (result_.absent()) return true;
    TableEntry entry;
    entry.kind = TableEntry::Kind::any;
    entry.value = result_.value;
    entry.span = result_.span;
    visit(entry);
    return true;
  }

 protected:
  [[nodiscard]] LookupResult find(std::string_view) const override { return result_; }

 private:
  LookupResult result_;
};

LookupResult constant(ResultKind kind, std::string reason) {
  LookupResult result;
  result.kind = kind;
  result.reason = std::move(reason);
  return result;
}

class AnsweredTable : public Table {
 public:
  using Answers = std::map<std::string, std::optional<std::string>, std::less<>>;

  AnsweredTable(const TableSpec& spec, const Answers& answers, const Table* rest)
      : Table(spec.type_name, spec.fixed_keys, spec.flags), answers_(answers), rest_(rest) {}

  bool each_pattern(const std::function<void(const TableEntry&)>& visit) const override {
    for (const auto& [key, value] : answers_) {
      TableEntry entry;
      entry.kind = key == "*" ? TableEntry::Kind::any : TableEntry::Kind::exact;
      entry.pattern = key;
      entry.value = value ? std::string_view(*value) : std::string_view();
      visit(entry);
    }
    return rest_ != nullptr ? rest_->each_pattern(visit) : answers_.contains("*");
  }

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    auto found = answers_.find(key);
    if (found == answers_.end()) found = answers_.find("*");
    LookupResult result;
    if (found != answers_.end()) {
      result.kind = found->second ? ResultKind::found : ResultKind::absent;
      result.value = found->second.value_or("");
    } else if (rest_ != nullptr) {
      result = rest_->lookup(key);
    } else {
      result = constant(ResultKind::unknown,
                        "what " + type_name() + " answers for \"" + std::string(key) + '"');
    }
    return result;
  }

 private:
  const Answers& answers_;
  const Table* rest_;
};

/// randmap: one of several results, as the dice fall.
class RandomTable : public Table {
 public:
  RandomTable(const TableSpec& spec, std::vector<std::string> results, text::Span span)
      : Table(spec.type_name, false, spec.flags), results_(std::move(results)), span_(span) {}

  bool each_entry(const std::function<bool(const TableEntry&)>& visit) const override {
    for (const std::string& result : results_) {
      TableEntry entry;
      entry.kind = TableEntry::Kind::any;
      entry.value = result;
      entry.span = span_;
      if (!visit(entry)) break;
    }
    return true;
  }

 protected:
  [[nodiscard]] LookupResult find(std::string_view) const override {
    LookupResult result = constant(ResultKind::found, "");
    result.value = results_.front();
    result.span = span_;
    result.any_key = true;
    for (const std::string& other : results_) {
      if (other == result.value) continue;
      result.kind = ResultKind::unknown;
      result.reason = "which of its results " + type_name() + " picks";
      result.values = results_;
      return result;
    }
    return result;
  }

 private:
  std::vector<std::string> results_;
  text::Span span_;
};

/// Tables asked one after the other (dict_union(3), dict_pipe(3)).
class CombinedTable : public Table {
 public:
  CombinedTable(const TableSpec& spec, std::vector<const Table*> members)
      : Table(spec.type_name, members.front()->fixed_keys(), spec.flags),
        members_(std::move(members)) {}

  bool each_pattern(const std::function<void(const TableEntry&)>& visit) const override {
    bool complete = true;
    for (const Table* member : members_) complete = member->each_pattern(visit) && complete;
    return complete;
  }

 protected:
  [[nodiscard]] bool folds_keys() const override { return flags().utf8; }
  [[nodiscard]] const std::vector<const Table*>& members() const { return members_; }

 private:
  std::vector<const Table*> members_;
};

class UnionTable : public CombinedTable {
 public:
  using CombinedTable::CombinedTable;

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    LookupResult joined;
    for (const Table* member : members()) {
      LookupResult result = member->lookup(key);
      if (result.stops()) return result;
      if (result.absent()) continue;
      if (!joined.value.empty()) joined.value += ',';
      joined.value += result.value;
      joined.any_key = joined.any_key || result.any_key;
      if (!joined.span.in_file()) joined.span = result.span;
    }
    // Members that answer the empty text do not count.
    joined.kind = joined.value.empty() ? ResultKind::absent : ResultKind::found;
    return joined;
  }
};

class PipeTable : public CombinedTable {
 public:
  using CombinedTable::CombinedTable;

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    LookupResult result;
    result.value = key;
    bool any_key = false;
    for (const Table* member : members()) {
      result = member->lookup(result.value);
      if (!result.found()) return result;
      any_key = any_key || result.any_key;
    }
    result.table.clear();
    result.any_key = any_key;
    return result;
  }
};

}  // namespace

std::unique_ptr<Table> make_failing_table(const TableSpec& spec, const std::string& reason) {
  TableSpec surrogate = spec;
  surrogate.fixed_keys = false;
  return std::make_unique<ConstantTable>(
      surrogate, constant(ResultKind::error, plain_name(spec) + " is unavailable. " + reason));
}

std::unique_ptr<Table> make_fail_table(const TableSpec& spec) {
  return std::make_unique<ConstantTable>(
      spec, constant(ResultKind::error, plain_name(spec) + " lookup error"));
}

std::unique_ptr<Table> make_fatal_table(const TableSpec& spec, const std::string& fatal) {
  return std::make_unique<ConstantTable>(spec, constant(ResultKind::error, fatal), fatal);
}

std::unique_ptr<Table> make_unknown_table(const TableSpec& spec, std::string what) {
  return std::make_unique<ConstantTable>(spec, constant(ResultKind::unknown, std::move(what)));
}

std::unique_ptr<Table> make_answered_table(
    const TableSpec& spec,
    const std::map<std::string, std::optional<std::string>, std::less<>>& answers,
    const Table* rest) {
  return std::make_unique<AnsweredTable>(spec, answers, rest);
}

std::unique_ptr<Table> make_empty_table(const TableSpec& spec) {
  return std::make_unique<ConstantTable>(spec, LookupResult{});
}

std::unique_ptr<Table> make_static_table(const TableSpec& spec) {
  text::MappedView value = spec.name;
  if (value.text().starts_with('{')) {
    const grammar::Braced braced = grammar::parse_braced(value.text());
    if (braced.problem != grammar::BraceProblem::none) {
      const bool open = braced.problem == grammar::BraceProblem::no_closing;
      return make_failing_table(spec,
                                std::string("bad static:name syntax: ") +
                                    (open ? "missing '}' in \"" : "syntax error after '}' in \"") +
                                    std::string(value.text()) + '"');
    }
    value = value.sub(braced.payload);
  }
  LookupResult result = constant(ResultKind::found, "");
  result.value = value.text();
  result.span = value.span();
  result.any_key = true;
  return std::make_unique<ConstantTable>(spec, std::move(result));
}

std::unique_ptr<Table> make_random_table(const TableSpec& spec) {
  const std::string reference = plain_name(spec);
  const grammar::TableRef ref = grammar::parse_table_ref(reference);
  std::vector<std::string> results;
  for (const text::Range value : ref.values) {
    results.push_back(reference.substr(value.lo, value.size()));
  }
  if (ref.problem != grammar::TableProblem::none || results.empty()) {
    return make_failing_table(spec,
                              "bad syntax: \"" + reference + "\"; need \"randmap:{value...}\"");
  }
  return std::make_unique<RandomTable>(spec, std::move(results), spec.name.span());
}

std::unique_ptr<Table> make_union_table(const TableSpec& spec, std::vector<const Table*> members) {
  return std::make_unique<UnionTable>(spec, std::move(members));
}

std::unique_ptr<Table> make_pipe_table(const TableSpec& spec, std::vector<const Table*> members) {
  return std::make_unique<PipeTable>(spec, std::move(members));
}

}  // namespace postlint::smtpd
