#include "src/smtpd/pattern_samples.hpp"

#include <algorithm>
#include <set>

#include "src/smtpd/access_sources.hpp"
#include "src/smtpd/regexp_cells.hpp"
#include "src/smtpd/regexp_sample.hpp"

namespace postlint::smtpd {
namespace {

/// So many rules of one table get samples, and so many samples one rule.
constexpr std::size_t sampled_rules = 400;
constexpr std::size_t samples_per_rule = 4;

void sample_table(const Table& table, std::size_t most, const SampleVisitor& visit) {
  std::size_t rules = 0;
  std::vector<std::string> conditions;
  table.each_pattern([&](const TableEntry& entry) {
    if (entry.kind != TableEntry::Kind::regexp || ++rules > most) return;
    std::vector<std::string> samples = sample_matches(entry.pattern, samples_per_rule);
    // What matches a condition around the pattern, or a negated rule before it, as well.
    const std::vector<std::string> own = samples;
    std::string all;
    for (const std::string& condition : conditions) all += condition;
    for (const std::string& sample : own) {
      if (conditions.empty() || samples.size() > 40) break;
      samples.push_back(all + sample);
      samples.push_back(sample + all);
      for (const std::string& condition : conditions) {
        samples.push_back(condition + sample);
        samples.push_back(sample + condition);
      }
    }
    if ((entry.conditional || entry.negated) && conditions.size() < 6)
      conditions.push_back(own.empty() ? std::string() : own.front());
    for (const std::string& sample : samples) visit(table, entry, sample);
  });
}

/// The patterns of a table; nothing where one of them has unusual flags, or there are none.
std::vector<CellPattern> patterns_of(const Table& table) {
  std::vector<CellPattern> patterns;
  bool usual = true;
  table.each_pattern([&](const TableEntry& entry) {
    if (entry.kind != TableEntry::Kind::regexp) return;
    patterns.push_back({std::string(entry.pattern), entry.ignore_case});
    usual = usual && entry.usual_flags;
  });
  if (!usual) patterns.clear();
  return patterns;
}

bool has_patterns(const Table& table) {
  bool found = false;
  table.each_pattern(
      [&](const TableEntry& entry) { found = found || entry.kind == TableEntry::Kind::regexp; });
  return found && !table.fatal();
}

std::vector<UnsampledRule> not_reached(const Table& table, const std::string& title,
                                       const std::set<std::uint32_t>& reached) {
  std::vector<UnsampledRule> rules;
  bool decided = false;
  table.each_entry([&](const TableEntry& entry) {
    const bool any =
        entry.kind == TableEntry::Kind::any || (!entry.negated && !entry.conditional &&
                                                (entry.pattern.empty() || entry.pattern == "." ||
                                                 entry.pattern == ".*" || entry.pattern == "^"));
    if (!decided && !never_permits(entry.value) && !reached.contains(entry.span.lo))
      rules.push_back({title, std::string(entry.value),
                       "/" + std::string(entry.pattern) + "/ of " + table.type_name()});
    decided = decided || any;
    return true;
  });
  return rules;
}

}  // namespace

void each_pattern(const std::vector<const Maps*>& sources, const EntryVisitor& visit) {
  for (const Maps* maps : sources)
    for (const Table* table : maps->tables())
      table->each_pattern([&](const TableEntry& entry) { visit(*table, entry); });
}

void each_sample(const std::vector<const Table*>& tables, const SampleVisitor& visit) {
  constexpr std::size_t most_work = 400000;
  std::size_t count = 1;
  for (const Table* table : tables)
    table->each_pattern([&](const TableEntry& entry) {
      if (entry.kind == TableEntry::Kind::regexp) ++count;
    });
  const std::size_t most = std::clamp<std::size_t>(most_work / count, 3, sampled_rules);
  for (const Table* table : tables) sample_table(*table, most, visit);
}

void each_sample(const std::vector<const Maps*>& sources, const SampleVisitor& visit) {
  std::vector<const Table*> tables;
  for (const Maps* maps : sources)
    tables.insert(tables.end(), maps->tables().begin(), maps->tables().end());
  each_sample(tables, visit);
}

Forms joint_cells(const std::vector<const Maps*>& sources, std::string_view form) {
  constexpr std::size_t most_patterns = 6;
  constexpr std::size_t most_nodes = 1500;
  std::vector<CellPattern> all;
  for (const Maps* maps : sources)
    for (const Table* table : maps->tables())
      for (CellPattern& pattern : patterns_of(*table)) all.push_back(std::move(pattern));
  if (all.empty() || all.size() > most_patterns) return {};
  return explore_cells(all, form, most_nodes).samples;
}

std::vector<UnsampledRule> find_unsampled(const std::vector<const Maps*>& sources,
                                          const Forms& keys,
                                          const std::vector<std::string_view>& forms,
                                          const std::function<void(const std::string&)>& add) {
  constexpr std::size_t most_nodes = 20000;
  // A step of the product costs as much as there are patterns.
  constexpr std::size_t most_work = 4000000;
  constexpr std::size_t worth_a_try = 500;
  std::vector<UnsampledRule> unsampled;
  std::size_t count = 1;
  for (const Maps* maps : sources)
    for (const Table* table : maps->tables()) count += patterns_of(*table).size();
  const std::size_t nodes = std::min(most_nodes, most_work / count);
  for (const Maps* maps : sources) {
    for (const Table* table : maps->tables()) {
      std::vector<CellPattern> patterns = patterns_of(*table);
      if (nodes < worth_a_try) patterns.clear();
      if (patterns.empty() && !has_patterns(*table)) continue;
      std::set<std::uint32_t> reached;
      for (const std::string& key : keys) {
        const LookupResult result = table->lookup(key);
        if (result.found()) reached.insert(result.span.lo);
      }
      std::vector<UnsampledRule> missing = not_reached(*table, maps->title(), reached);
      if (missing.empty()) continue;
      bool complete = !patterns.empty();
      for (const std::string_view form : forms) {
        if (patterns.empty()) break;
        const Cells cells = explore_cells(patterns, form, nodes);
        complete = complete && cells.complete;
        for (const std::string& sample : cells.samples) {
          const LookupResult result = table->lookup(sample);
          if (!result.found() || !reached.insert(result.span.lo).second) continue;
          add(sample);
        }
      }
      if (complete) continue;
      for (UnsampledRule& rule : not_reached(*table, maps->title(), reached))
        unsampled.push_back(std::move(rule));
    }
  }
  return unsampled;
}

}  // namespace postlint::smtpd
