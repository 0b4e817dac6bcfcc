#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"

namespace postlint::engine {

/// One restriction of a list, with what it consumes, as smtpd(8) reads it.
struct RestrictionItem {
  enum class Kind : std::uint8_t {
    keyword,     // built-in word, see `restriction`
    class_name,  // declared in smtpd_restriction_classes
    table,       // a bare type:name: short for the check_..._access of the list
    unknown      // 451 for every request that reaches it
  };
  Kind kind = Kind::unknown;
  text::MappedView word;                               // as written; { } kept
  const database::Restriction* restriction = nullptr;  // keyword: its row
  std::optional<text::MappedView> argument;            // the next word, whatever it is
  std::optional<std::size_t> class_list;  // class_name: which of restriction_lists() it names
  bool bad_argument = false;  // wants one, but is the last word; or wants a ':' or a number that is
                              // not there
  bool warn_only = false;     // stands behind warn_if_reject

  [[nodiscard]] std::string_view text() const { return word.text(); }
  [[nodiscard]] text::Span span() const { return word.span(); }
  /// From the word to the end of its argument, where both stand in the same file.
  [[nodiscard]] text::Span full_span() const;
  /// The table that it asks: its argument, or the word itself where that is a bare type:name.
  [[nodiscard]] const text::MappedView& table() const { return argument ? *argument : word; }
  /// Is it this built-in word, in any case and under any of its old names?
  [[nodiscard]] bool is(std::string_view keyword) const {
    return restriction != nullptr && restriction->canonical == keyword;
  }
};

/// A restriction list as one or several smtpd services have it.
struct RestrictionList {
  enum class Stage : std::uint8_t {
    client,
    helo,
    sender,
    relay,
    recipient,
    etrn,
    data,
    end_of_data,
    restriction_class  // a value of smtpd_restriction_classes
  };
  Stage stage = Stage::client;
  std::string_view name;                        // "smtpd_relay_restrictions", or the class
  const model::Service* service = nullptr;      // the first that has it
  std::vector<const model::Service*> services;  // all that have the very same list
  const model::Setting* setting = nullptr;
  std::vector<RestrictionItem> items;

  [[nodiscard]] const model::EffectiveConfig& config() const { return *service->config; }
  /// First item with this built-in word, or null.
  [[nodiscard]] const RestrictionItem* find(std::string_view keyword) const;
};

/// "smtpd_relay_restrictions" of Stage::relay; empty for restriction_class.
std::string_view parameter_of(RestrictionList::Stage stage);

/// The list `setting` as smtpd sees it under `service`'s configuration. `setting` and `service`
/// outlive it. Mirrors smtpd_check_parse() and generic_checks() of smtpd_check.c.
RestrictionList parse_restriction_list(RestrictionList::Stage stage, const model::Setting& setting,
                                       const model::Service& service);

/// All lists and classes of an smtpd service that are not empty.
std::vector<RestrictionList> restriction_lists(const model::Service& service);

/// The restriction class of this name among restriction_lists(); null: there is none.
const RestrictionList* find_class(const std::vector<RestrictionList>& lists, std::string_view name);

/// permit_sasl_authenticated, reject: the list of most submission services, which refuses whoever
/// has no login.
bool is_login_gate(const RestrictionList& list);

/// "permit_x is deprecated: Postfix 3.9 and later warn that it will be removed; use y". Empty for
/// words that the release does not speak of so.
std::string removal_notice(const database::Restriction& word, database::Version version);

}  // namespace postlint::engine
