#include "src/smtpd/table.hpp"

#include "src/smtpd/address.hpp"

namespace postlint::smtpd {

LookupResult Table::lookup(std::string_view key) const {
  LookupResult result;
  if (flags_.utf8 && !valid_utf8(key)) {
    // Such a key cannot exist, says dict_utf8(3), and does not ask the table.
  } else {
    const bool fold = fixed_keys_ ? flags_.fold_fixed_keys : flags_.fold_patterns;
    result = fold && folds_keys() ? find(casefold(key, flags_.utf8)) : find(key);
    if (result.found() && flags_.utf8 && !valid_utf8(result.value)) {
      result.kind = LookupResult::Kind::error;
      result.reason = type_name_ + ": key \"" + std::string(key) + "\": non-UTF-8 value \"" +
                      result.value + "\": malformed UTF-8 or invalid codepoint";
    }
  }
  result.key = key;
  if (result.table.empty()) result.table = type_name_;
  return result;
}

bool Table::each_entry(const std::function<bool(const TableEntry&)>&) const { return false; }

bool Table::each_pattern(const std::function<void(const TableEntry&)>& visit) const {
  return each_entry([&](const TableEntry& entry) {
    visit(entry);
    return true;
  });
}

void Table::warn(text::Span span, std::string text) {
  warnings_.push_back({span, std::move(text)});
}

}  // namespace postlint::smtpd
