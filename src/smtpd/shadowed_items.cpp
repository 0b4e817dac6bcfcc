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

/// Properties of a request that are chosen apart from each other, as bits.
using Dimensions = unsigned;
constexpr Dimensions bit(Dimension d) { return 1U << static_cast<unsigned>(d); }

/// An item whose decisions follow from values of everyones_space().
struct Divided {
  Dimensions looks_at = 0;
  /// Alone, or with others that look at the same, it may decide every request.
  bool may_be_total = false;
};

/// Does the list hold a network that makes one of few parts of all addresses?
bool holds_wide(const MatchList& list) {
  return std::any_of(
      list.patterns().begin(), list.patterns().end(), [](const MatchList::Pattern& pattern) {
        return pattern.table != nullptr || (pattern.network && pattern.network->prefix < 8);
      });
}

bool holds_wide(const Maps& maps) {
  bool wide = false;
  for (const Table* table : maps.tables())
    table->each_pattern([&](const TableEntry& entry) {
      wide = wide || entry.kind == TableEntry::Kind::any || entry.pattern.ends_with("/0") ||
             (entry.kind == TableEntry::Kind::network && entry.pattern.size() > 2 &&
              entry.pattern[entry.pattern.size() - 2] == '/');
    });
  return wide;
}

/// The search in one list.
class ShadowSearch {
 public:
  ShadowSearch(const Server& server, ListName name)
      : server_(server), name_(name), list_(server.list(name)), items_(items_before_end(list_)) {
    for (const ListItem& item : items_) divided_.push_back(divided(item));
  }

  std::vector<ShadowedItem> run() {
    std::vector<ShadowedItem> found;
    for (std::size_t i = 1; i < items_.size(); ++i)
      if (auto shadowed = shadow_of(i)) found.push_back(std::move(*shadowed));
    return found;
  }

 private:
  /// Nothing: what the item decides is not known.
  [[nodiscard]] std::optional<Divided> divided(const ListItem& item) const {
    const Word& word = list_.words[item.first];
    const bool bare = word.text.find(':') != std::string::npos;
    const Keyword keyword = bare ? standard_check(name_) : word.keyword;
    switch (keyword) {
      case Keyword::permit_mynetworks:
        return divided_networks();
      case Keyword::permit_auth_destination:
      case Keyword::reject_unauth_destination:
      case Keyword::defer_unauth_destination:
        return divided_destinations();
      case Keyword::permit_sasl_authenticated:
        return Divided{bit(Dimension::login)};
      case Keyword::reject_unknown_client_hostname:
      case Keyword::reject_unknown_reverse_client_hostname:
        return Divided{bit(Dimension::name)};
      case Keyword::check_client_access:
        return divided_table(item, bit(Dimension::address) | bit(Dimension::name));
      case Keyword::check_helo_access:
        return divided_table(item, bit(Dimension::helo));
      case Keyword::check_sender_access:
        return divided_table(item, bit(Dimension::sender));
      case Keyword::check_recipient_access:
        return divided_table(item, bit(Dimension::recipient));
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] std::optional<Divided> divided_networks() const {
    const MatchList& networks = server_.tables().mynetworks;
    if (!divisible(&networks)) return std::nullopt;
    const bool names = std::any_of(
        networks.patterns().begin(), networks.patterns().end(),
        [](const auto& pattern) { return pattern.table != nullptr || !pattern.network; });
    return Divided{bit(Dimension::address) | (names ? bit(Dimension::name) : 0),
                   holds_wide(networks)};
  }

  /// The words for and against authorized destinations decide all requests together, or where there
  /// are no others.
  [[nodiscard]] std::optional<Divided> divided_destinations() const {
    const Resolver& resolver = server_.resolver();
    bool literal = false;
    bool wide = false;
    for (const MatchList* list : {&resolver.mydestination(), resolver.virtual_alias_domains(),
                                  resolver.virtual_mailbox_domains(), resolver.relay_domains()}) {
      if (!divisible(list)) return std::nullopt;
      literal = literal || (list != nullptr && !list->patterns().empty());
      wide = wide || (list != nullptr && holds_wide(*list));
    }
    const auto is = [&](Keyword keyword) {
      return std::any_of(list_.words.begin(), list_.words.end(),
                         [&](const Word& word) { return word.keyword == keyword; });
    };
    const bool both = is(Keyword::permit_auth_destination);
    return Divided{bit(Dimension::recipient), both || wide || !literal};
  }

  [[nodiscard]] std::optional<Divided> divided_table(const ListItem& item,
                                                     Dimensions looks_at) const {
    const TableArgument* argument = server_.table_argument(list_.words[item.last].text);
    const Maps* maps = argument != nullptr ? server_.access_table(argument->type_name) : nullptr;
    if (maps == nullptr || !is_divisible(*maps)) return std::nullopt;
    return Divided{looks_at, holds_wide(*maps)};
  }

  /// Nothing: the item has a say, or may have.
  std::optional<ShadowedItem> shadow_of(std::size_t index) {
    if (!can_decide(items_[index - 1], items_[index])) return std::nullopt;
    if (const auto first = repeated(index)) {
      ShadowedItem again;
      again.item = items_[index];
      again.shadowed_by.push_back(*first);
      return again;
    }
    return may_be_shadowed(index) ? search(index) : std::nullopt;
  }

  [[nodiscard]] bool can_decide(const ListItem& before, const ListItem& item) const {
    const Keyword keyword = list_.words[item.first].keyword;
    return keyword != Keyword::warn_if_reject && keyword != Keyword::sleep &&
           list_.words[before.first].keyword != Keyword::warn_if_reject;
  }

  /// The same question has the same answer, but of tables and policy services, which act.
  [[nodiscard]] std::optional<ListItem> repeated(std::size_t index) const {
    const Keyword keyword = list_.words[items_[index].first].keyword;
    const Follows argument = follows(keyword);
    const bool asks = keyword > Keyword::reject_plaintext_session &&
                      (argument == Follows::nothing || argument == Follows::domain);
    if (!asks) return std::nullopt;
    for (std::size_t i = 0; i < index; ++i) {
      const bool warns =
          i > 0 && list_.words[items_[i - 1].first].keyword == Keyword::warn_if_reject;
      if (!warns && same_words(items_[i], items_[index])) return items_[i];
    }
    return std::nullopt;
  }

  [[nodiscard]] bool same_words(const ListItem& a, const ListItem& b) const {
    const bool arguments = a.last > a.first;
    return list_.words[a.first].keyword == list_.words[b.first].keyword &&
           arguments == (b.last > b.first) &&
           (!arguments || list_.words[a.last].text == list_.words[b.last].text);
  }

  /// Each item before decides the requests that have some values of what it looks at, whatever else
  /// they have. So together they decide all that another item would decide only if those that look
  /// at the same things as it do, or if those that look at some other thing decide everything.
  [[nodiscard]] bool may_be_shadowed(std::size_t index) const {
    const Dimensions own = divided_[index] ? divided_[index]->looks_at : 0;
    bool together = false;
    for (std::size_t i = 0; i < index; ++i) {
      if (!divided_[i]) continue;
      if (divided_[i]->may_be_total) return true;
      together = together || (divided_[i]->looks_at & own) != 0;
    }
    return together;
  }

  std::optional<ShadowedItem> search(std::size_t index) {
    if (!space_) {
      space_ = everyones_space(server_, find_sources(server_, name_));
      world_.emplace(server_, facts_, *space_);
    }
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

  /// Do these items leave nothing to the one behind them?
  std::optional<ShadowedItem> prove(const std::vector<ListItem>& before, const ListItem& item) {
    tested_ = before;
    tested_.push_back(item);
    tested_list_ = list_of(list_, tested_);
    const bool divided = knows(item);
    const RestrictionList alone = list_of(list_, {item});
    ShadowedItem shadowed;
    shadowed.item = item;
    shadowed.never_asked = !divided;
    shadowed.same_outcome = divided;
    std::size_t runs = 0;
    const auto end = play_boxes(
        *world_, first_boxes(*world_, *space_, [](const RecipientChoice&) { return true; }), 1,
        [&](Choices& choices) {
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
    if (name_ == ListName::helo && !world_->request().helo) return true;
    try {
      const std::optional<Status> would =
          alone != nullptr ? effect_of(choices, *alone) : Status::dunno;
      if (!would) return true;
      ListRun run(server_, *space_, *world_, choices, name_, tested_list_);
      if (run.status() != *would) shadowed.same_outcome = false;
      const ListItem* decided_by = last_item(run);
      if (decided_by == nullptr || *decided_by == shadowed.item || !knows(*decided_by))
        return false;
      note(*decided_by, shadowed);
    } catch (const ServerDies&) {
      return false;
    } catch (const Hangup&) {
      return false;
    }
    return true;
  }

  [[nodiscard]] bool knows(const ListItem& item) const {
    const auto at = std::find(items_.begin(), items_.end(), item) - items_.begin();
    return divided_[static_cast<std::size_t>(at)].has_value();
  }

  /// What a part of the list does with the request; nothing: it leaves it as it is.
  std::optional<Status> effect_of(Choices& choices, const RestrictionList& part) {
    ListRun run(server_, *space_, *world_, choices, name_, part);
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
      shadowed.witness = world_->request();
      shadowed.witness->service = server_.name();
    }
    auto& all = shadowed.shadowed_by;
    if (std::find(all.begin(), all.end(), decided_by) == all.end()) all.push_back(decided_by);
  }

  const Server& server_;
  ListName name_;
  const RestrictionList& list_;
  std::vector<ListItem> items_;
  std::vector<std::optional<Divided>> divided_;
  Facts facts_;
  std::optional<Space> space_;  // made when it is needed
  std::optional<SymbolicWorld> world_;
  std::vector<ListItem> tested_;  // what is evaluated now
  RestrictionList tested_list_;
};

}  // namespace

std::vector<ShadowedItem> shadowed_items(const Server& server, ListName list) {
  if (server.list(list).words.size() < 2) return {};
  return ShadowSearch(server, list).run();
}

}  // namespace postlint::smtpd
