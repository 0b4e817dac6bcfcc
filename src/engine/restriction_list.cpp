#include "src/engine/restriction_list.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "grammar/restriction_list.hpp"

namespace postlint::engine {

namespace {

using Stage = RestrictionList::Stage;
using Argument = database::Argument;

constexpr std::array<std::string_view, 8> list_parameters{
    "smtpd_client_restrictions", "smtpd_helo_restrictions",       "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",  "smtpd_recipient_restrictions",  "smtpd_etrn_restrictions",
    "smtpd_data_restrictions",   "smtpd_end_of_data_restrictions"};

using ClassNames = std::unordered_set<std::string_view>;

/// As smtpd_restriction_classes declares them.
std::vector<std::string_view> declared_classes(const model::Service& service) {
  return grammar::plain_words(service.config->text("smtpd_restriction_classes"));
}

bool exists(const database::Restriction& row, database::Version version) {
  return row.since <= version;
}

RestrictionItem classify(text::MappedView word, const model::EffectiveConfig& config,
                         const ClassNames& classes) {
  RestrictionItem item;
  item.word = word;
  if (word.text().find(':') != std::string_view::npos) {
    item.kind = RestrictionItem::Kind::table;
    return item;
  }
  item.restriction = config.database().restriction(word.text());
  if (item.restriction != nullptr && exists(*item.restriction, config.version())) {
    item.kind = RestrictionItem::Kind::keyword;
  } else if (classes.contains(word.text())) {
    item.kind = RestrictionItem::Kind::class_name;
  }
  return item;
}

bool fits(std::string_view word, Argument argument) {
  switch (argument) {
    case Argument::table:
    case Argument::map_search:
    case Argument::policy_service:
      return word.find(':') != std::string_view::npos;
    case Argument::number:
      return word.find_first_not_of("0123456789") == std::string_view::npos;
    case Argument::domain:
    case Argument::none:
      return true;
  }
  return true;
}

/// Gives `item` the next word as its argument, if it takes one. Returns how many words it took.
std::size_t take_argument(RestrictionItem& item, const std::vector<text::MappedView>& words,
                          std::size_t next) {
  const bool takes =
      item.kind == RestrictionItem::Kind::keyword && item.restriction->argument != Argument::none;
  if (!takes) return 0;
  if (next == words.size()) {
    item.bad_argument = true;
    return 0;
  }
  item.argument = words[next];
  item.bad_argument = !fits(words[next].text(), item.restriction->argument);
  return 1;
}

std::vector<text::MappedView> split(const text::MappedView& value) {
  std::vector<text::MappedView> words;
  for (const grammar::Word& word : grammar::parse_restriction_list(value.text()).words) {
    words.push_back(value.sub(word.range));
  }
  return words;
}

RestrictionList parse(Stage stage, const model::Setting& setting, const model::Service& service,
                      const ClassNames& classes) {
  RestrictionList list{stage, setting.name, &service, {&service}, &setting, {}};
  const std::vector<text::MappedView> words = split(setting.view());
  bool warn_only = false;
  for (std::size_t at = 0; at < words.size(); ++at) {
    RestrictionItem item = classify(words[at], *service.config, classes);
    item.warn_only = warn_only;
    at += take_argument(item, words, at + 1);
    warn_only = item.is("warn_if_reject");
    list.items.push_back(item);
  }
  return list;
}

void link_classes(std::vector<RestrictionList>& lists) {
  std::unordered_map<std::string_view, std::size_t> classes;
  for (std::size_t i = 0; i < lists.size(); ++i)
    if (lists[i].stage == Stage::restriction_class) classes.try_emplace(lists[i].name, i);
  for (RestrictionList& list : lists) {
    for (RestrictionItem& item : list.items) {
      if (item.kind != RestrictionItem::Kind::class_name) continue;
      const auto found = classes.find(item.text());
      if (found != classes.end()) item.class_list = found->second;
    }
  }
}

}  // namespace

text::Span RestrictionItem::full_span() const {
  text::Span whole = word.span();
  if (!argument) return whole;
  const text::Span tail = argument->span();
  if (tail.file == whole.file && tail.hi > whole.lo) whole.hi = std::max(whole.hi, tail.hi);
  return whole;
}

const RestrictionItem* RestrictionList::find(std::string_view keyword) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const RestrictionItem& item) { return item.is(keyword); });
  return found == items.end() ? nullptr : &*found;
}

std::string_view parameter_of(Stage stage) {
  return stage == Stage::restriction_class ? std::string_view()
                                           : list_parameters[static_cast<std::size_t>(stage)];
}

RestrictionList parse_restriction_list(Stage stage, const model::Setting& setting,
                                       const model::Service& service) {
  const auto classes = declared_classes(service);
  return parse(stage, setting, service, {classes.begin(), classes.end()});
}

std::vector<RestrictionList> restriction_lists(const model::Service& service) {
  std::vector<RestrictionList> lists;
  const std::vector<std::string_view> declared = declared_classes(service);
  const ClassNames classes(declared.begin(), declared.end());
  const auto add = [&](Stage stage, std::string_view name) {
    const model::Setting* setting = service.config->find(name);
    if (setting == nullptr || setting->status != model::ExpansionStatus::ok) return;
    RestrictionList list = parse(stage, *setting, service, classes);
    if (!list.items.empty()) lists.push_back(std::move(list));
  };
  for (std::size_t stage = 0; stage < list_parameters.size(); ++stage) {
    add(static_cast<Stage>(stage), list_parameters[stage]);
  }
  for (const std::string_view name : declared) add(Stage::restriction_class, name);
  link_classes(lists);
  return lists;
}

const RestrictionList* find_class(const std::vector<RestrictionList>& lists,
                                  std::string_view name) {
  const auto found = std::find_if(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    return list.stage == Stage::restriction_class && list.name == name;
  });
  return found == lists.end() ? nullptr : &*found;
}

bool is_login_gate(const RestrictionList& list) {
  return list.items.size() == 2 && list.items[0].is("permit_sasl_authenticated") &&
         list.items[1].is("reject");
}

std::string removal_notice(const database::Restriction& word, database::Version version) {
  const bool advised = word.deprecated && *word.deprecated <= version;
  if (!advised || word.removed || word.canonical != word.name) return {};
  return std::string(word.name) + " is deprecated: Postfix " +
         database::branch_text(*word.deprecated) + " and later warn that it will be removed; use " +
         std::string(word.replacement);
}

}  // namespace postlint::engine
