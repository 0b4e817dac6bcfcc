#include "src/engine/unknown_words.hpp"

#include <algorithm>

#include "grammar/restriction_list.hpp"
#include "src/engine/relay_control.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::engine {

namespace {

using Kind = UnknownWord::Kind;

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

bool looks_like_domain(std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  return name.find('.') != std::string_view::npos &&
         name.find_first_not_of(name_characters) == std::string_view::npos;
}

/// A keyword with a name that can be that of a blocklist.
bool has_domain(const RestrictionItem& item) {
  return item.restriction != nullptr && item.restriction->argument == database::Argument::domain &&
         item.argument && looks_like_domain(item.argument->text());
}

/// Is there a parameter of this name that holds restrictions?
bool holds_restrictions(std::string_view name, const RestrictionList& list) {
  const model::EffectiveConfig& config = list.config();
  if (!config.set(name)) return false;
  const model::Setting& setting = *config.find(name);
  if (setting.type.has_value()) return false;
  const RestrictionList inner =
      parse_restriction_list(RestrictionList::Stage::restriction_class, setting, *list.service);
  return !inner.items.empty() && inner.items.front().kind != RestrictionItem::Kind::unknown;
}

/// `name =` or `name=value`, of a line that was indented by mistake.
bool starts_assignment(const std::vector<RestrictionItem>& items, std::size_t at) {
  const std::string_view word = items[at].text();
  const std::size_t equals = word.find('=');
  if (equals != std::string_view::npos) {
    return equals > 0 && word.find_first_not_of(name_characters) == equals;
  }
  return at + 1 < items.size() && items[at + 1].text().starts_with('=');
}

/// Quotes, other separators than commas: they, not the word, are the mistake.
bool has_stray_character(std::string_view word) {
  return word.find_first_of("\"';|\\") != std::string_view::npos;
}

UnknownWord judge(const RestrictionItem& item, const RestrictionItem* keyword,
                  const RestrictionList& list) {
  if (keyword != nullptr && looks_like_domain(item.text())) {
    return {Kind::second_domain, &item, keyword};
  }
  if (holds_restrictions(item.text(), list)) return {Kind::undeclared_class, &item, nullptr};
  return {Kind::other, &item, nullptr};
}

/// The items up to and with the one that always decides.
std::size_t reached(const RestrictionList& list, const std::vector<RestrictionList>& lists) {
  const RestrictionItem* end = always_ends(list, lists);
  return end == nullptr ? list.items.size() : static_cast<std::size_t>(end - list.items.data()) + 1;
}

}  // namespace

std::vector<UnknownWord> unknown_words(const RestrictionList& list,
                                       const std::vector<RestrictionList>& lists) {
  std::vector<UnknownWord> found;
  const RestrictionItem* keyword = nullptr;  // whose domain stands directly in front
  bool in_mistake = false;
  const std::size_t end = reached(list, lists);
  for (std::size_t at = 0; at < end; ++at) {
    const RestrictionItem& item = list.items[at];
    if (item.kind != RestrictionItem::Kind::unknown) {
      keyword = has_domain(item) ? &item : nullptr;
      in_mistake = false;
      continue;
    }
    if (has_stray_character(item.text())) {
      keyword = nullptr;
      continue;
    }
    const UnknownWord word = judge(item, keyword, list);
    if (word.kind != Kind::second_domain) keyword = nullptr;
    const bool assignment = word.kind != Kind::second_domain && starts_assignment(list.items, at);
    if (item.text().starts_with('#') || assignment) break;
    const bool of_its_own = word.kind != Kind::other || !in_mistake ||
                            !nearest_restriction(item.text(), list.config()).empty();
    if (of_its_own) found.push_back(word);
    in_mistake = true;
  }
  return found;
}

std::string_view nearest_restriction(std::string_view word, const model::EffectiveConfig& config) {
  text::DidYouMean nearest(word);
  for (const database::Restriction& row : config.database().restrictions()) {
    if (row.since <= config.version() && !row.deprecated) nearest.offer(row.name);
  }
  const std::string_view classes = config.text("smtpd_restriction_classes");
  for (const text::Range range : grammar::parse_plain_list(classes)) {
    nearest.offer(classes.substr(range.lo, range.size()));
  }
  return nearest.best();
}

}  // namespace postlint::engine
