#include "src/engine/relay_control.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "grammar/restriction_list.hpp"

namespace postlint::engine {

namespace {

using Stage = RestrictionList::Stage;
using Lists = std::vector<RestrictionList>;

/// Classes that call each other have no end; smtpd crashes on them.
constexpr int deepest_class = 20;

/// Classes that call others twice and more grow beyond all measure; smtpd would not come to an end.
constexpr std::size_t most_steps = 10000;

const RestrictionList* class_of(const RestrictionItem& item, const Lists& lists) {
  return item.class_list ? &lists[*item.class_list] : nullptr;
}

/// Returns false at the word that ends the whole list.
bool add_steps(const RestrictionList& list, const Lists& lists, bool warn_only, int depth,
               std::vector<RestrictionStep>& steps) {
  for (const RestrictionItem& item : list.items) {
    const bool warned = warn_only || item.warn_only;
    steps.push_back({&item, &list, warned});
    if (always_decides(item) && (!warned || item.is("permit"))) return false;
    if (depth == deepest_class || steps.size() > most_steps) continue;
    const RestrictionList* inner = class_of(item, lists);
    if (inner != nullptr && !add_steps(*inner, lists, warned, depth + 1, steps)) return false;
  }
  return true;
}

/// `left`: how many words may still be looked at.
const RestrictionItem* find_end(const RestrictionList& list, const Lists& lists, bool warn_only,
                                int depth, std::size_t& left) {
  for (const RestrictionItem& item : list.items) {
    const bool warned = warn_only || item.warn_only;
    if (always_decides(item) && (!warned || item.is("permit"))) return &item;
    if (depth == deepest_class || left == 0) continue;
    --left;
    const RestrictionList* inner = class_of(item, lists);
    if (inner != nullptr && find_end(*inner, lists, warned, depth + 1, left) != nullptr)
      return &item;
  }
  return nullptr;
}

enum class Gate : std::uint8_t { absent, present };

std::vector<std::string_view> raw_words(const RestrictionList& list) {
  std::vector<std::string_view> words;
  for (const RestrictionItem& item : list.items) {
    words.push_back(item.text());
    if (item.argument) words.push_back(item.argument->text());
  }
  return words;
}

/// `left`: how many classes may still be looked into; without end, smtpd does not get so far.
Gate scan_gate(const RestrictionList& list, const Lists& lists, int depth, std::size_t& left) {
  const std::vector<std::string_view> words = raw_words(list);
  const database::Database& database = list.config().database();
  for (std::size_t at = 0; at < words.size(); ++at) {
    const database::Restriction* word = database.restriction(words[at]);
    if (word != nullptr && word->name == "warn_if_reject" && at + 1 < words.size()) {
      ++at;
      continue;
    }
    if (word != nullptr && word->name == "permit") return Gate::absent;
    if (word != nullptr && is_relay_check(*word, database.version())) return Gate::present;
    const RestrictionList* inner = find_class(lists, words[at]);
    if (inner == nullptr || depth == deepest_class) continue;
    if (left == 0) return Gate::present;
    --left;
    if (scan_gate(*inner, lists, depth + 1, left) == Gate::present) return Gate::present;
  }
  return Gate::absent;
}

bool is_check(const RestrictionItem& item, const model::EffectiveConfig& config) {
  return item.kind == RestrictionItem::Kind::keyword &&
         is_relay_check(*item.restriction, config.version());
}

RelayList relay_list(const Lists& lists, Stage stage) {
  RelayList result;
  for (const RestrictionList& list : lists) {
    if (list.stage != stage) continue;
    result.list = &list;
    result.steps = evaluation_order(list, lists);
    result.at_gate = passes_gate(list, lists);
  }
  for (std::size_t at = 0; at < result.steps.size(); ++at) {
    const RestrictionStep& step = result.steps[at];
    if (step.warn_only || !is_check(*step.item, result.list->config())) continue;
    result.check = at;
    break;
  }
  return result;
}

/// A word that never permits somebody who is neither in mynetworks nor known by a login or a
/// certificate.
bool passes_no_stranger(const RestrictionItem& item) {
  if (item.kind == RestrictionItem::Kind::class_name) return true;
  if (item.kind != RestrictionItem::Kind::keyword) return false;
  constexpr std::array<std::string_view, 9> words{"permit_mynetworks",
                                                  "permit_sasl_authenticated",
                                                  "permit_inet_interfaces",
                                                  "permit_tls_clientcerts",
                                                  "reject",
                                                  "defer",
                                                  "warn_if_reject",
                                                  "sleep",
                                                  "defer_if_permit"};
  const std::string_view word = item.restriction->canonical;
  return word.starts_with("reject_") || std::find(words.begin(), words.end(), word) != words.end();
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "[::1]" || host == "localhost";
}

bool only_loopback(std::string_view interfaces) {
  if (interfaces == "loopback-only") return true;
  const std::vector<text::Range> words = grammar::parse_plain_list(interfaces);
  return !words.empty() && std::all_of(words.begin(), words.end(), [&](text::Range word) {
    return is_loopback(interfaces.substr(word.lo, word.size()));
  });
}

}  // namespace

const RestrictionStep* RelayList::find_before_check(std::string_view keyword) const {
  const std::size_t end = check.value_or(steps.size());
  for (std::size_t at = 0; at < end; ++at) {
    if (steps[at].item->is(keyword)) return &steps[at];
  }
  return nullptr;
}

bool RelayList::checks_destination() const {
  if (!check) return false;
  const RestrictionItem& item = *check_step()->item;
  return item.is("reject_unauth_destination") || item.is("defer_unauth_destination");
}

const RestrictionStep* RelayControl::find_relay_permit(std::string_view keyword) const {
  const RestrictionStep* in_relay = relay.find_before_check(keyword);
  const RestrictionStep* in_recipient = recipient.find_before_check(keyword);
  const bool refused =
      (relay.check && in_relay == nullptr) || (recipient.check && in_recipient == nullptr);
  if (refused) return nullptr;
  return in_relay != nullptr ? in_relay : in_recipient;
}

bool RelayControl::trusts_mynetworks() const {
  return !has_check() || find_relay_permit("permit_mynetworks") != nullptr;
}

std::string_view relay_parameter(const model::EffectiveConfig& config) {
  return config.find("smtpd_relay_restrictions") != nullptr ? "smtpd_relay_restrictions"
                                                            : "smtpd_recipient_restrictions";
}

database::Version relay_list_since(const model::EffectiveConfig& config) {
  const model::Setting* const relay = config.find("smtpd_relay_restrictions");
  const bool empty_default = relay != nullptr && relay->is_default() && relay->text().empty();
  return empty_default ? relay_default_depends_since : database::Version{};
}

RelayControl relay_control(const Lists& lists) {
  return {relay_list(lists, Stage::relay), relay_list(lists, Stage::recipient)};
}

const RelayControl& relay_control(const model::Service& service, Sink& sink) {
  using Controls = std::map<const model::Service*, RelayControl>;
  auto& known =
      *sink.shared<std::shared_ptr<Controls>>([] { return std::make_shared<Controls>(); });
  const auto found = known.find(&service);
  if (found != known.end()) return found->second;
  return known.emplace(&service, relay_control(sink.lists(service))).first->second;
}

bool swallows_relay_check(const RestrictionItem& item, const model::EffectiveConfig& config) {
  if (!item.argument) return false;
  const database::Restriction* word = config.database().restriction(item.argument->text());
  return word != nullptr && is_relay_check(*word, config.version());
}

std::optional<DisarmedCheck> disarmed_check(const RelayList& list) {
  using Kind = DisarmedCheck::Kind;
  if (list.list == nullptr || list.check) return std::nullopt;
  const model::EffectiveConfig& config = list.list->config();
  for (const RestrictionStep& step : list.steps) {
    const RestrictionItem& item = *step.item;
    if (is_check(item, config)) return DisarmedCheck{Kind::warn_only, &item, item.word};
    if (swallows_relay_check(item, config)) {
      return DisarmedCheck{Kind::swallowed, &item, *item.argument};
    }
    if (!item.is("permit")) continue;
    for (const RestrictionItem& later : list.list->items) {
      if (!is_check(later, config)) continue;
      return DisarmedCheck{Kind::behind_permit, &item, later.word};
    }
  }
  return std::nullopt;
}

std::optional<DisarmedCheck> disarmed_check(const RelayControl& control) {
  const auto relay = disarmed_check(control.relay);
  return relay ? relay : disarmed_check(control.recipient);
}

std::vector<RestrictionStep> evaluation_order(const RestrictionList& list, const Lists& lists) {
  std::vector<RestrictionStep> steps;
  add_steps(list, lists, false, 0, steps);
  return steps;
}

bool may_ask(const Lists& lists, std::initializer_list<std::string_view> words) {
  const auto asks = [&](const RestrictionStep& step) {
    const RestrictionItem& item = *step.item;
    return item.kind == RestrictionItem::Kind::table || item.is("check_policy_service") ||
           (item.restriction != nullptr && item.text().ends_with("_access")) ||
           std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return item.is(word); });
  };
  return std::any_of(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    const std::vector<RestrictionStep> steps = evaluation_order(list, lists);
    return std::any_of(steps.begin(), steps.end(), asks);
  });
}

bool always_decides(const RestrictionItem& item) {
  return item.is("permit") || item.is("reject") || item.is("defer");
}

const RestrictionItem* always_ends(const RestrictionList& list, const Lists& lists) {
  std::size_t left = most_steps;
  return find_end(list, lists, false, 0, left);
}

bool is_relay_check(const database::Restriction& word, database::Version version) {
  constexpr std::array<std::string_view, 6> words{
      "reject_unauth_destination", "defer_unauth_destination", "reject", "defer",
      "defer_if_permit",           "check_relay_domains"};
  if (word.since > version || (word.removed && *word.removed <= version)) return false;
  return std::find(words.begin(), words.end(), word.name) != words.end();
}

bool passes_gate(const RestrictionList& list, const Lists& lists) {
  std::size_t left = most_steps;
  return scan_gate(list, lists, 0, left) == Gate::present;
}

bool refuses_strangers(const RestrictionList& list, const Lists& lists) {
  const std::vector<RestrictionStep> steps = evaluation_order(list, lists);
  if (steps.empty()) return false;
  const RestrictionStep& last = steps.back();
  const bool refuses = (last.item->is("reject") || last.item->is("defer")) && !last.warn_only;
  return refuses && std::all_of(steps.begin(), steps.end(), [](const RestrictionStep& step) {
           return passes_no_stranger(*step.item);
         });
}

bool reachable_from_outside(const model::Service& service) {
  std::string_view host;
  if (service.entry != nullptr) {
    if (service.entry->field(model::Field::type) == "unix") return false;
    host = service.entry->host();
  }
  if (!host.empty()) return !is_loopback(host);
  return !only_loopback(service.config->text("inet_interfaces"));
}

bool serves_strangers(const model::Service& service, const Lists& lists) {
  if (!service.is_smtpd() || !reachable_from_outside(service)) return false;
  return std::none_of(lists.begin(), lists.end(), [&](const RestrictionList& list) {
    return list.stage <= Stage::recipient && refuses_strangers(list, lists);
  });
}

}  // namespace postlint::engine
