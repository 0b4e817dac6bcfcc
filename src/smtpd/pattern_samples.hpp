#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/smtpd/table_set.hpp"

namespace postlint::smtpd {

using Forms = std::vector<std::string>;
using EntryVisitor = std::function<void(const Table&, const TableEntry&)>;
using SampleVisitor =
    std::function<void(const Table&, const TableEntry&, const std::string& sample)>;

/// All patterns and keys of the tables.
void each_pattern(const std::vector<const Maps*>& sources, const EntryVisitor& visit);

/// Strings that match the regular expressions of the tables. The more of these there are, the fewer
/// are sampled: each sample is looked up in all tables, pattern by pattern.
void each_sample(const std::vector<const Table*>& tables, const SampleVisitor& visit);
void each_sample(const std::vector<const Maps*>& sources, const SampleVisitor& visit);

/// Keeps the forms that the table can tell from the ordinary value: two for each rule.
class FormFilter {
 public:
  explicit FormFilter(std::string ordinary) : ordinary_(std::move(ordinary)) {}
  bool keep(const Table& table, const std::string& key) {
    if (table_ != &table) {
      table_ = &table;
      counts_.clear();
      const LookupResult result = table.lookup(ordinary_);
      usual_ = signature(result);
    }
    const std::string found = signature(table.lookup(key));
    return ++counts_[found] <= (found == usual_ ? 1U : 3U);
  }

 private:
  static std::string signature(const LookupResult& result) {
    return std::to_string(static_cast<int>(result.kind)) + ' ' + std::to_string(result.span.lo) +
           ' ' + result.value;
  }
  std::string ordinary_;
  const Table* table_ = nullptr;
  std::string usual_;
  std::map<std::string, unsigned> counts_;
};

/// A permissive rule of a table that is reached by no value of the dimension: whether there is one
/// is not known.
struct UnsampledRule {
  std::string table;  // title of the Maps
  std::string value;
  std::string text;  // "/pattern/ of regexp:/etc/postfix/x"
};

/// Strings of a form (a regular expression) for all combinations of the patterns of all tables,
/// where these are few.
Forms joint_cells(const std::vector<const Maps*>& sources, std::string_view form);

/// Permissive rules of pattern tables that no key reaches. Where the samples do not tell, all
/// combinations of the table's patterns are looked for among strings of these forms; `add` takes
/// those that reach another rule.
std::vector<UnsampledRule> find_unsampled(const std::vector<const Maps*>& sources,
                                          const Forms& keys,
                                          const std::vector<std::string_view>& forms,
                                          const std::function<void(const std::string&)>& add);

}  // namespace postlint::smtpd
