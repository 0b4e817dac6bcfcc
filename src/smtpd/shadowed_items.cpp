#include "src/smtpd/shadowed_items.hpp"

#include <algorithm>

#include "src/smtpd/list_run.hpp"
#include "src/smtpd/mail_keys.hpp"
#include "src/smtpd/relay_search.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

/// So many runs of the evaluator may one item take.
constexpr std::size_t budget = 400;

/// Items of a list, up to the first that always decides.
std::vector<ListItem> items_before_end(const RestrictionList& list) {
  std::vector<ListItem> items;
  for (std::uint32_t i = 0; i < list.words.size(); ++i) {
    const Keyword keyword = list.words[i].keyword;
    const std::uint32_t first = i;
    const bool bare = list.words[i].text.find(':') != std::string::npos;
    if (!bare && follows(keyword) != Follows::nothing && i + 1 < list.words.size()) ++i;
    items.push_back({first, i});
    if (keyword == Keyword::permit || keyword == Keyword::reject || keyword == Keyword::defer)
      break;
  }
  return items;
}

/// A list of some items of another one.
RestrictionList list_of(const RestrictionList& list, const std::vector<ListItem>& items) {
  RestrictionList part{list.parameter, list.value, list.span, {}, nullptr};
  for (const ListItem& item : items)
    part.words.insert(part.words.end(), list.words.begin() + item.first,
                      list.words.begin() + item.last + 1);
  return part;
}

/// Are all keys of the table among the values of everyones_space()?
bool divisible(const Table& table) {
  bool all = true;
  const bool listed = table.each_pattern([&](const TableEntry& entry) {
    if (entry.kind == TableEntry::Kind::regexp || !is_plain_ascii(entry.pattern)) all = false;
  });
  return listed && all && !table.unusable();
}

bool divisible(const MatchList* list) {
  if (list == nullptr) return true;
  return std::all_of(
      list->patterns().begin(), list->patterns().end(), [](const MatchList::Pattern& pattern) {
        return pattern.table == nullptr ? !pattern.unreadable_file && !pattern.file_unknown
                                        : divisible(*pattern.table);
      });
}

/// The search in one list.
class ShadowSearch {
 public:
  ShadowSearch(const Server& server, ListName name)
      : server_(server),
        name_(name),
        list_(server.list(name)),
        items_(items_before_end(list_)),
        space_(everyones_space(server, find_sources(server, name))),
        world_(server, facts_, space_) {
    const Resolver& resolver = server.resolver();
    destinations_divide_ =
        divisible(&resolver.mydestination()) && divisible(resolver.virtual_alias_domains()) &&
        divisible(resolver.virtual_mailbox_domains()) && divisible(resolver.relay_domains());
    networks_divide_ = divisible(&server.tables().mynetworks);
  }

  std::vector<ShadowedItem> run() {
    std::vector<ShadowedItem> found;
    for (std::size_t i = 1; i < items_.size(); ++i)
      if (const auto shadowed = shadow_of(i)) found.push_back(*shadowed);
    return found;
  }

 private:
  /// What is known of the requests that an item decides.
  enum class Scope : std::uint8_t {
    all,     // every one
    divided  // those of some values of the space, and no others
  };

  [[nodiscard]] std::optional<Scope> scope_of(const ListItem& item) const {
    const Word& word = list_.words[item.first];
    switch (word.text.find(':') != std::string::npos ? standard_check(name_) : word.keyword) {
      case Keyword::permit:
      case Keyword::reject:
      case Keyword::defer:
        return Scope::all;
      case Keyword::permit_mynetworks:
        return networks_divide_ ? std::optional(Scope::divided) : std::nullopt;
      case Keyword::permit_auth_destination:
      case Keyword::reject_unauth_destination:
      case Keyword::defer_unauth_destination:
        return destinations_divide_ ? std::optional(Scope::divided) : std::nullopt;
      case Keyword::permit_sasl_authenticated:
      case Keyword::reject_unknown_client_hostname:
      case Keyword::reject_unknown_reverse_client_hostname:
      case Keyword::reject_invalid_helo_hostname:
      case Keyword::reject_non_fqdn_helo_hostname:
      case Keyword::reject_non_fqdn_sender:
      case Keyword::reject_non_fqdn_recipient:
        return Scope::divided;
      case Keyword::check_client_access:
      case Keyword::check_helo_access:
      case Keyword::check_sender_access:
      case Keyword::check_recipient_access:
        return table_divides(item) ? std::optional(Scope::divided) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] bool table_divides(const ListItem& item) const {
    const TableArgument* argument = server_.table_argument(list_.words[item.last].text);
    const Maps* maps = argument != nullptr ? server_.access_table(argument->type_name) : nullptr;
    return maps != nullptr && is_divisible(*maps);
  }

  /// Nothing: the item has a say, or may have.
  std::optional<ShadowedItem> shadow_of(std::size_t index) {
    if (!can_decide(items_[index - 1], items_[index])) return std::nullopt;
    const std::vector<ListItem> before(items_.begin(),
                                       items_.begin() + static_cast<std::ptrdiff_t>(index));
    std::optional<ShadowedItem> shadowed = prove(before, items_[index]);
    if (!shadowed) return std::nullopt;
    // As few as suffice, those that stand nearest.
    for (const ListItem& other : std::vector<ListItem>(shadowed->shadowed_by)) {
      std::vector<ListItem> fewer = shadowed->shadowed_by;
      std::erase(fewer, other);
      if (auto still = prove(fewer, items_[index])) shadowed = std::move(still);
    }
    return shadowed;
  }

  [[nodiscard]] bool can_decide(const ListItem& before, const ListItem& item) const {
    const Keyword keyword = list_.words[item.first].keyword;
    return keyword != Keyword::warn_if_reject && keyword != Keyword::sleep &&
           list_.words[before.first].keyword != Keyword::warn_if_reject;
  }

  /// Do these items leave nothing to the one behind them?
  std::optional<ShadowedItem> prove(const std::vector<ListItem>& before, const ListItem& item) {
    tested_ = before;
    tested_.push_back(item);
    tested_list_ = list_of(list_, tested_);
    const bool divided = scope_of(item).has_value();
    const RestrictionList alone = list_of(list_, {item});
    ShadowedItem shadowed;
    shadowed.item = item;
    shadowed.never_asked = !divided;
    shadowed.same_outcome = divided;
    std::size_t runs = 0;
    const auto end =
        play_boxes(world_, first_boxes(world_, space_, [](const RecipientChoice&) { return true; }),
                   1, [&](Choices& choices) {
                     return ++runs < budget && play(choices, divided ? &alone : nullptr, shadowed);
                   });
    if (end != SearchEnd::complete || shadowed.shadowed_by.empty()) return std::nullopt;
    std::sort(shadowed.shadowed_by.begin(), shadowed.shadowed_by.end(),
              [](const ListItem& a, const ListItem& b) { return a.first < b.first; });
    return shadowed;
  }

  /// One run; false where it shows that the item has a say, or leaves that open. `alone`: asked
  /// first whether the item would decide.
  bool play(Choices& choices, const RestrictionList* alone, ShadowedItem& shadowed) {
    if (name_ == ListName::helo && !world_.request().helo) return true;
    try {
      const std::optional<Status> would =
          alone != nullptr ? effect_of(choices, *alone) : Status::dunno;
      if (!would) return true;
      ListRun run(server_, space_, world_, choices, name_, tested_list_);
      if (run.status() != *would) shadowed.same_outcome = false;
      const ListItem* decided_by = last_item(run);
      if (decided_by == nullptr || *decided_by == shadowed.item || !scope_of(*decided_by))
        return false;
      note(*decided_by, shadowed);
    } catch (const ServerDies&) {
      return false;
    } catch (const Hangup&) {
      return false;
    }
    return true;
  }

  /// What a part of the list does with the request; nothing: it leaves it as it is.
  std::optional<Status> effect_of(Choices& choices, const RestrictionList& part) {
    ListRun run(server_, space_, world_, choices, name_, part);
    const bool found = std::any_of(run.steps().begin(), run.steps().end(),
                                   [](const Step& step) { return step.table.has_value(); });
    return run.status() != Status::dunno || found ? std::optional(run.status()) : std::nullopt;
  }

  /// Where the list under test ended.
  [[nodiscard]] const ListItem* last_item(ListRun& run) const {
    const std::optional<std::size_t> word = run.last_word();
    std::size_t first = 0;
    for (const ListItem& item : tested_) {
      if (first == word) return &item;
      first += item.last - item.first + 1;
    }
    return nullptr;
  }

  void note(const ListItem& decided_by, ShadowedItem& shadowed) const {
    if (shadowed.shadowed_by.empty()) {
      shadowed.witness = world_.request();
      shadowed.witness.service = server_.name();
      shadowed.decided_by = decided_by;
    }
    auto& all = shadowed.shadowed_by;
    if (std::find(all.begin(), all.end(), decided_by) == all.end()) all.push_back(decided_by);
  }

  const Server& server_;
  ListName name_;
  const RestrictionList& list_;
  std::vector<ListItem> items_;
  Facts facts_;
  Space space_;
  SymbolicWorld world_;
  bool destinations_divide_ = false;
  bool networks_divide_ = false;
  std::vector<ListItem> tested_;  // what is evaluated now
  RestrictionList tested_list_;
};

}  // namespace

std::vector<ShadowedItem> shadowed_items(const Server& server, ListName list) {
  if (server.list(list).words.size() < 2) return {};
  return ShadowSearch(server, list).run();
}

}  // namespace postlint::smtpd
