#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "src/engine/restriction_list.hpp"
#include "src/engine/sink.hpp"

namespace postlint::engine {

/// One word in the order in which smtpd(8) comes to it, classes opened.
struct RestrictionStep {
  const RestrictionItem* item = nullptr;
  const RestrictionList* list = nullptr;  // the list or class in which the word stands
  bool warn_only = false;                 // the word, or a class around it, is under warn_if_reject
};

/// One of the two lists that decide on relaying, as a stranger meets it.
struct RelayList {
  const RestrictionList* list = nullptr;  // null: empty
  /// Up to and with the first word that always decides (permit, reject, defer).
  std::vector<RestrictionStep> steps;
  /// Index of the first step that refuses a stranger's mail to a foreign destination.
  std::optional<std::size_t> check;
  /// Satisfies the test at the start of smtpd: see passes_gate().
  bool at_gate = false;

  [[nodiscard]] const RestrictionStep* check_step() const {
    return check ? &steps[*check] : nullptr;
  }
  /// The first step with this built-in word before the check (or anywhere, where there is none).
  [[nodiscard]] const RestrictionStep* find_before_check(std::string_view keyword) const;
  /// The check looks at the destination alone: no `reject` for all who come that far.
  [[nodiscard]] bool checks_destination() const;
};

/// What a service does with a stranger's mail to a foreign destination. Both lists are asked, and a
/// permit of one does not end the other.
struct RelayControl {
  RelayList relay;  // without a list before 2.10
  RelayList recipient;

  /// smtpd dies at its start unless one of its lists has a working instance of a relay check.
  [[nodiscard]] bool starts() const { return relay.at_gate || recipient.at_gate; }
  [[nodiscard]] bool has_check() const { return relay.check || recipient.check; }
  /// Whom this built-in word permits may relay: the step that says so, of the relay list where that
  /// has one. Null: a check refuses them all the same, or the word stands nowhere.
  [[nodiscard]] const RestrictionStep* find_relay_permit(std::string_view keyword) const;
  /// A client in mynetworks may relay.
  [[nodiscard]] bool trusts_mynetworks() const;
};

/// The parameter that holds the relay policy: smtpd_relay_restrictions, which older releases lack.
std::string_view relay_parameter(const model::EffectiveConfig& config);

/// From here on the default of smtpd_relay_restrictions is empty below level 1. Before, it refuses
/// relaying at any level.
constexpr database::Version relay_default_depends_since{3, 3, 0};

/// The first release in which the service has the relay list that it has here: another than the
/// oldest one where the list is empty by default. For FindingBuilder::since().
database::Version relay_list_since(const model::EffectiveConfig& config);

/// The lists of one service (restriction_lists()); they outlive the result.
RelayControl relay_control(const std::vector<RestrictionList>& lists);
/// Of a service, made when the first rule asks for it.
const RelayControl& relay_control(const model::Service& service, Sink& sink);

/// A relay check that stands in a list and does nothing.
struct DisarmedCheck {
  enum class Kind : std::uint8_t {
    warn_only,      // under warn_if_reject
    behind_permit,  // never reached
    swallowed       // taken as the argument of a keyword
  };
  Kind kind = Kind::warn_only;
  const RestrictionItem* cause =
      nullptr;             // the check under warn_if_reject, the permit, the keyword
  text::MappedView check;  // the word that does nothing
};

/// The first disarmed check of a service, the relay list first.
std::optional<DisarmedCheck> disarmed_check(const RelayControl& control);
/// Of one list, where it has no check that works.
std::optional<DisarmedCheck> disarmed_check(const RelayList& list);

/// Is the argument of this item a relay check that was meant to stand for itself?
bool swallows_relay_check(const RestrictionItem& item, const model::EffectiveConfig& config);

/// The words of a list in order of evaluation; the last is the first that always decides.
std::vector<RestrictionStep> evaluation_order(const RestrictionList& list,
                                              const std::vector<RestrictionList>& lists);

/// Can a service with these lists come to one of these words? Tables and policy services may answer
/// with any.
bool may_ask(const std::vector<RestrictionList>& lists,
             std::initializer_list<std::string_view> words);

/// permit, reject, defer: what follows them is never looked at.
bool always_decides(const RestrictionItem& item);

/// The item of the list behind which smtpd looks at nothing: a word that always decides, or a class
/// that ends in one. Null: the end of the list can be reached. `lists`: of the same service.
const RestrictionItem* always_ends(const RestrictionList& list,
                                   const std::vector<RestrictionList>& lists);

/// One of the words that smtpd wants to see in the relay or the recipient list.
bool is_relay_check(const database::Restriction& word, database::Version version);

/// has_required() of smtpd_check.c: is there a working instance of a relay check? A scan of raw
/// words: what is meant as an argument counts, too.
bool passes_gate(const RestrictionList& list, const std::vector<RestrictionList>& lists);

/// Does the list refuse whoever is neither in mynetworks nor logged in, whatever mail it is? False
/// also where a table or a policy service may let strangers pass.
bool refuses_strangers(const RestrictionList& list, const std::vector<RestrictionList>& lists);

/// Can other hosts connect? False for UNIX-domain services and those on loopback addresses.
bool reachable_from_outside(const model::Service& service);

/// Is it an smtpd(8) that other hosts can reach, and none of whose lists refuses every stranger?
bool serves_strangers(const model::Service& service, const std::vector<RestrictionList>& lists);

}  // namespace postlint::engine
