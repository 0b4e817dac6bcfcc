#include "src/engine/config_diff.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "grammar/restriction_list.hpp"
#include "src/engine/fingerprint.hpp"
#include "src/engine/restriction_list.hpp"
#include "src/engine/value_kind.hpp"

namespace postlint::engine {

namespace {

using model::Field;
using model::MasterEntry;
using model::Service;
using model::Setting;
using model::Workspace;

std::string identity_of(const Service& service) {
  return service.entry != nullptr ? service.entry->identity() : "25/inet";
}

/// The services by identity; of the same the first.
using Services = std::unordered_map<std::string, const Service*>;

Services services_of(const Workspace& workspace) {
  Services services;
  for (const Service& service : workspace.services())
    services.try_emplace(identity_of(service), &service);
  return services;
}

const Service* find_service(const Services& services, const Service& like) {
  const auto found = services.find(identity_of(like));
  return found == services.end() ? nullptr : found->second;
}

/// The command without its -o: the daemon and its other arguments.
std::string command_of(const MasterEntry& entry) {
  std::string text(entry.field(Field::command));
  bool value_follows = false;
  for (const model::ArgumentToken& argument : entry.arguments) {
    const std::string_view word = argument.text.text();
    if (value_follows || (word.starts_with("-o") && !argument.braced)) {
      value_follows = !value_follows && word == "-o";
      continue;
    }
    text += ' ' + std::string(word);
  }
  return text;
}

std::vector<FieldChange> changed_fields(const Service& before, const Service& after) {
  constexpr std::array<std::pair<Field, const char*>, 5> fields{
      {{Field::private_, "private"},
       {Field::unprivileged, "unprivileged"},
       {Field::chroot, "chroot"},
       {Field::wakeup, "wakeup"},
       {Field::process_limit, "process limit"}}};
  std::vector<FieldChange> changes;
  if (before.entry == nullptr || after.entry == nullptr) return changes;
  const auto compare = [&](const char* name, std::string was, std::string is) {
    if (was != is) changes.push_back({name, std::move(was), std::move(is)});
  };
  for (const auto& [field, name] : fields) {
    compare(name, std::string(before.entry->field(field)), std::string(after.entry->field(field)));
  }
  compare("command", command_of(*before.entry), command_of(*after.entry));
  return changes;
}

std::vector<ServiceChange> changed_services(const Workspace& before, const Workspace& after) {
  std::vector<ServiceChange> changes;
  const Services all_before = services_of(before);
  const Services all_after = services_of(after);
  for (const Service& service : after.services()) {
    const Service* old = find_service(all_before, service);
    ServiceChange change{service.name(), old, &service, {}};
    if (old != nullptr) change.fields = changed_fields(*old, service);
    if (old == nullptr || !change.fields.empty()) changes.push_back(std::move(change));
  }
  for (const Service& service : before.services()) {
    if (find_service(all_after, service) == nullptr) {
      changes.push_back({service.name(), &service, nullptr, {}});
    }
  }
  return changes;
}

/// Every name that may have another value: what either side sets or mentions, and every parameter
/// of the release.
std::set<std::string> names_of(const Workspace& before, const Workspace& after) {
  std::set<std::string> names;
  for (const database::Parameter& row : after.database().parameters()) names.emplace(row.name);
  for (const Workspace* side : {&before, &after}) {
    for (const model::MainEntry& entry : side->main().entries) names.emplace(entry.name());
    for (const Service& service : side->services()) {
      if (service.entry == nullptr) continue;
      for (const model::Override& option : service.entry->overrides) names.emplace(option.name);
    }
  }
  return names;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const grammar::Word& word : grammar::parse_restriction_list(text).words) {
    words.emplace_back(grammar::slice(text, word.range));
  }
  return words;
}

std::vector<std::string> restrictions_of(const Setting& setting, const Service& service) {
  std::vector<std::string> items;
  for (const RestrictionItem& item :
       parse_restriction_list(RestrictionList::Stage::restriction_class, setting, service).items) {
    std::string text = item.warn_only ? "warn_if_reject " : "";
    text += item.text();
    if (item.argument) text += ' ' + std::string(item.argument->text());
    items.push_back(std::move(text));
  }
  return items;
}

bool is_class(const Service& service, std::string_view name) {
  const std::string_view classes = service.config->text("smtpd_restriction_classes");
  const auto ranges = grammar::parse_plain_list(classes);
  return std::any_of(ranges.begin(), ranges.end(), [&](text::Range range) {
    return classes.substr(range.lo, range.size()) == name;
  });
}

std::optional<ItemChanges> item_changes(const ValueChange& change, const ServicePair& services) {
  const database::Database& database = services.after->config->database();
  const ValueKind kind = value_kind(database, change.parameter);
  const bool restrictions = kind == ValueKind::restriction ||
                            is_class(*services.before, change.parameter) ||
                            is_class(*services.after, change.parameter);
  const bool words =
      kind == ValueKind::match_list || kind == ValueKind::tables || kind == ValueKind::words;
  if (!restrictions && !words) return std::nullopt;
  const auto items = [&](const Setting* setting, const Service& service) {
    if (setting == nullptr) return std::vector<std::string>();
    return restrictions ? restrictions_of(*setting, service) : words_of(setting->text());
  };
  ItemChanges changes =
      diff_items(items(change.before, *services.before), items(change.after, *services.after));
  if (changes.added.empty() && changes.removed.empty() && changes.moved.empty()) {
    return std::nullopt;
  }
  return changes;
}

std::string text_of(const Setting* setting) {
  return setting == nullptr ? std::string(1, '\0') : setting->text();
}

bool set_by_user(const Setting* setting) { return setting != nullptr && !setting->is_default(); }

/// Alike for two services: one mistake, one line.
std::string key_of(const Setting* setting) {
  if (setting == nullptr) return "-";
  const text::Span span = setting->origin().span;
  std::string key = setting->text();
  for (const std::uint32_t number : {static_cast<std::uint32_t>(span.file), span.lo, span.hi}) {
    key += '\0' + std::to_string(number);
  }
  return key;
}

class ValueDiff {
 public:
  ValueDiff(const Workspace& before, const Workspace& after)
      : before_(before),
        after_(after),
        names_(names_of(before, after)),
        pairs_(common_services(before, after)) {}

  std::vector<ValueChange> run() {
    for (const ServicePair& pair : pairs_) compare(pair);
    for (const std::string& name : names_) {
      const Setting* before = before_.config().find(name);
      const Setting* after = after_.config().find(name);
      if (!readers_.contains(name) && text_of(before) != text_of(after)) {
        add(name, nullptr, before, after);
      }
    }
    std::vector<ValueChange> changes;
    for (auto& [key, change] : changes_) {
      change.everywhere = change.services.size() == readers_[change.parameter];
      changes.push_back(std::move(change));
    }
    return changes;
  }

 private:
  /// Does the service's program look at the value? A name of the user may stand in any other value.
  static bool reads(const Service& service, const std::string& name) {
    const database::Parameter* row = service.config->database().parameter(name);
    const std::string_view program =
        service.entry != nullptr ? service.entry->program() : std::string_view("smtpd");
    return row == nullptr || row->read_by(program);
  }

  void compare(const ServicePair& pair) {
    for (const std::string& name : names_) {
      if (!reads(*pair.after, name)) continue;
      ++readers_[name];
      const Setting* before = pair.before->config->find(name);
      const Setting* after = pair.after->config->find(name);
      if (text_of(before) != text_of(after)) add(name, &pair, before, after);
    }
  }

  void add(const std::string& name, const ServicePair* pair, const Setting* before,
           const Setting* after) {
    ValueChange& change = changes_[{name, key_of(before) + '\n' + key_of(after)}];
    if (change.parameter.empty()) {
      change.parameter = name;
      change.before = before;
      change.after = after;
      change.derived = !set_by_user(before) && !set_by_user(after);
      if (pair != nullptr) change.items = item_changes(change, *pair);
    }
    if (pair != nullptr) change.services.push_back(pair->after->name());
  }

  const Workspace& before_;
  const Workspace& after_;
  std::set<std::string> names_;
  std::vector<ServicePair> pairs_;
  std::map<std::string, std::size_t> readers_;  // name: how many services look at it
  std::map<std::pair<std::string, std::string>, ValueChange> changes_;
};

/// Lengths of the longest common subsequences of all tails.
std::vector<std::vector<std::size_t>> common_tails(const std::vector<std::string>& a,
                                                   const std::vector<std::string>& b) {
  std::vector<std::vector<std::size_t>> length(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      length[i][j] =
          a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

struct LeftOver {
  std::string item;
  std::string behind;
};

std::string in_front(const std::vector<std::string>& items, std::size_t at) {
  return at == 0 ? std::string() : items[at - 1];
}

/// The words of both lists that are in no longest common subsequence.
std::pair<std::vector<LeftOver>, std::vector<LeftOver>> left_over(
    const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::pair<std::vector<LeftOver>, std::vector<LeftOver>> left;
  // Values with thousands of words: equal heads and tails are all that is looked for.
  std::size_t head = 0;
  while (head < std::min(a.size(), b.size()) && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < std::min(a.size(), b.size()) - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const auto cut = [&](const std::vector<std::string>& list) {
    return std::vector<std::string>(list.begin() + static_cast<std::ptrdiff_t>(head),
                                    list.end() - static_cast<std::ptrdiff_t>(tail));
  };
  const std::vector<std::string> x = cut(a);
  const std::vector<std::string> y = cut(b);
  constexpr std::size_t largest = 4000000;
  const bool small = x.size() * y.size() <= largest;
  const auto length = small ? common_tails(x, y) : common_tails({}, {});
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < x.size() || j < y.size()) {
    if (small && i < x.size() && j < y.size() && x[i] == y[j]) {
      ++i;
      ++j;
    } else if (j == y.size() ||
               (i < x.size() && (!small || length[i + 1][j] >= length[i][j + 1]))) {
      left.first.push_back({x[i], in_front(a, head + i)});
      ++i;
    } else {
      left.second.push_back({y[j], in_front(b, head + j)});
      ++j;
    }
  }
  return left;
}

}  // namespace

ItemChanges diff_items(const std::vector<std::string>& before,
                       const std::vector<std::string>& after) {
  ItemChanges changes;
  auto [removed, added] = left_over(before, after);
  std::multimap<std::string, LeftOver*> fresh;
  for (LeftOver& item : added) fresh.emplace(item.item, &item);
  for (const LeftOver& item : removed) {
    const auto found = fresh.find(item.item);
    if (found == fresh.end()) {
      changes.removed.push_back(item.item);
      continue;
    }
    changes.moved.push_back({item.item, item.behind, found->second->behind});
    found->second->item.clear();
    fresh.erase(found);
  }
  for (LeftOver& item : added) {
    if (!item.item.empty()) changes.added.push_back(std::move(item.item));
  }
  return changes;
}

std::vector<ServicePair> common_services(const Workspace& before, const Workspace& after) {
  std::vector<ServicePair> pairs;
  const Services all_before = services_of(before);
  for (const Service& service : after.services()) {
    const Service* old = find_service(all_before, service);
    if (old != nullptr) pairs.push_back({old, &service});
  }
  return pairs;
}

ConfigDiff diff_configurations(const Workspace& before, const Workspace& after) {
  return {changed_services(before, after), ValueDiff(before, after).run()};
}

std::vector<FindingChange> findings_without(const std::vector<Finding>& of,
                                            const std::vector<Finding>& others) {
  std::map<std::string, std::size_t> known;
  for (const Finding& finding : others) ++known[fingerprint(finding, "")];
  std::vector<FindingChange> changes;
  for (const Finding& finding : of) {
    std::string print = fingerprint(finding, "");
    std::size_t& left = known[print];
    if (left > 0) {
      --left;
    } else {
      changes.push_back({&finding, std::move(print)});
    }
  }
  return changes;
}

}  // namespace postlint::engine
