#include "src/smtpd/mail_keys.hpp"

#include <algorithm>
#include <unordered_set>

#include "src/smtpd/address.hpp"
#include "src/smtpd/case_fold.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

}  // namespace

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

MailKeys mail_keys(const std::vector<const Maps*>& sources) {
  MailKeys keys;
  std::unordered_set<std::string> seen;
  each_pattern(sources, [&](const Table&, const TableEntry& entry) {
    if (entry.kind != TableEntry::Kind::exact || !is_plain_ascii(entry.pattern)) return;
    std::string key(entry.pattern);
    if (!seen.insert(key).second) return;
    const std::size_t at = key.rfind('@');
    if (at == npos)
      keys.domains.push_back(std::move(key));
    else if (at + 1 == key.size())
      keys.locals.push_back(key.substr(0, at));
    else if (at > 0)
      keys.full.push_back(std::move(key));
  });
  return keys;
}

Forms domains_of_key(const std::string& key) {
  if (key.starts_with('.')) return {"mail" + key};
  return {key, "mail." + key};
}

Forms address_forms(const std::string& sample, const std::string& domain) {
  Forms forms;
  if (sample.empty()) return forms;
  const std::size_t at = sample.rfind('@');
  if (at == npos) {
    forms.push_back(sample + '@' + domain);
    forms.push_back("someone@" + sample);
    forms.push_back("someone@x" + sample);
    forms.push_back("x" + sample + "x@" + domain);
    forms.push_back("someone@" + sample + '.' + domain);
    forms.push_back("someone@mail" + sample);
  } else if (at + 1 == sample.size()) {
    forms.push_back((at == 0 ? "someone" : "") + sample + domain);
    forms.push_back("x" + sample + domain);
  } else {
    forms.push_back((at == 0 ? "someone" : "") + sample);
    forms.push_back("x" + sample);
    forms.push_back((at == 0 ? "someone" : "") + sample + '.' + domain);
    forms.push_back((at == 0 ? "someone" : "") + sample + domain);
  }
  return forms;
}

std::optional<std::size_t> MailCrowd::stands_behind(const std::vector<const Maps*>& sources,
                                                    const std::string& address,
                                                    std::size_t number) {
  AddressStrategy strategy;
  strategy.local_part_if_local = strategy.at_domain = false;
  strategy.domain = strategy.local_part_at = true;
  strategy.parent_domains = server_.parameters().parent_style;
  strategy.dot_parent_domains = !strategy.parent_domains;
  std::string answers;
  const std::vector<bool> silent = silent_tables(sources, address, strategy);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    LookupResult hit;
    if (!silent[i])
      hit = find_address(*sources[i], address, server_.local_domains(), server_.config(), strategy);
    answers += static_cast<char>('0' + static_cast<int>(hit.kind));
    answers += hit.value + '\n';
  }
  const std::string domain = address.substr(address.rfind('@') + 1);
  for (const MatchList* list : lists_)
    answers += static_cast<char>('0' + static_cast<int>(list->match(domain).kind));
  auto& [first, count] = groups_.emplace(answers, std::pair{number, 0U}).first->second;
  return ++count > few ? std::optional(first) : std::nullopt;
}

/// Which of the tables have none of the keys by which they are asked for the address.
std::vector<bool> MailCrowd::silent_tables(const std::vector<const Maps*>& sources,
                                           const std::string& address, AddressStrategy strategy) {
  if (listed_.size() != sources.size()) list_keys(sources);
  std::vector<bool> silent = listed_;
  std::vector<std::string> tried;
  find_address(nothing_, address, server_.local_domains(), server_.config(), strategy, &tried);
  for (const std::string& key : tried) {
    const auto found = holders_.find(casefold(key, false));
    if (found == holders_.end()) continue;
    for (const std::uint32_t holder : found->second) silent[holder] = false;
  }
  return silent;
}

void MailCrowd::list_keys(const std::vector<const Maps*>& sources) {
  listed_.assign(sources.size(), false);
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    bool exact = true;
    for (const Table* table : sources[i]->tables())
      exact = table->each_entry([&](const TableEntry& entry) {
        if (entry.kind != TableEntry::Kind::exact) return exact = false;
        auto& holders = holders_[casefold(entry.pattern, false)];
        if (holders.empty() || holders.back() != i) holders.push_back(i);
        return true;
      }) && exact;
    listed_[i] = exact;
  }
}

}  // namespace postlint::smtpd
