#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/effective_config.hpp"
#include "src/model/workspace.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/table.hpp"
#include "src/text/mapped_text.hpp"

namespace postlint::smtpd {

/// What a table whose file is not there answers.
enum class MissingTables : std::uint8_t {
  unknown,  // it may be there on the real machine
  absent    // the lookup fails, as the real server without the file does (451)
};

/// Opens tables for one configuration, each (type:name, flags) once.
class TableSet {
 public:
  /// `workspace` and `answers` outlive the set.
  TableSet(const model::Workspace& workspace, const TableAnswers& answers, MissingTables missing);
  ~TableSet();
  TableSet(TableSet&&) noexcept;

  /// dict_open(3). Never fails: what cannot be opened is a table whose lookups fail or are unknown,
  /// and Table::fatal() tells where Postfix would die. `place`: where the reference stands, for the
  /// spans of entries written in the value (inline:, static:); may be empty.
  [[nodiscard]] const Table& open(const text::MappedView& type_name, TableFlags flags) const;
  [[nodiscard]] const Table& open(std::string_view type_name, TableFlags flags) const;

  [[nodiscard]] const model::Workspace& workspace() const;
  [[nodiscard]] MissingTables missing() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// Several tables searched in order: the value of a *_maps parameter (maps(3)).
class Maps {
 public:
  /// An empty list. find() is always absent.
  Maps() = default;
  /// maps_create(3). `title`: the parameter's name, for log texts. `value`: its expanded value.
  Maps(const TableSet& tables, std::string title, const text::MappedView& value, TableFlags flags);

  /// maps_find(3): first hit, first failure or first unknown (with what comes behind it). An empty
  /// result is an error, an empty key is absent. `fixed_only`: only the tables of fixed keys
  /// (partial keys).
  [[nodiscard]] LookupResult find(std::string_view key, bool fixed_only = false) const;

  [[nodiscard]] const std::vector<const Table*>& tables() const { return tables_; }
  [[nodiscard]] bool empty() const { return tables_.empty(); }
  [[nodiscard]] const std::string& title() const { return title_; }
  /// Creating the list ends the program.
  [[nodiscard]] std::optional<std::string> fatal() const;

 private:
  [[nodiscard]] LookupResult find_from(std::size_t first, std::string_view key,
                                       bool fixed_only) const;

  std::string title_;
  std::vector<const Table*> tables_;
};

/// Flags of the users of tables. `config` tells smtputf8_enable.
/// Access tables of smtpd, address maps of smtpd: FOLD_FIX | UTF8_REQUEST.
TableFlags address_map_flags(const model::EffectiveConfig& config);
/// Transport maps and such: as above with NO_REGSUB.
TableFlags transport_map_flags(const model::EffectiveConfig& config);
/// Of the tables of a parameter, one of the two.
TableFlags table_flags(std::string_view parameter, const model::EffectiveConfig& config);
/// Tables in pattern lists: UTF8_REQUEST alone, keys are folded by the list.
TableFlags match_list_flags(const model::EffectiveConfig& config);
/// smtpd_sender_login_maps, relay_clientcerts and check_sasl_access etc. take address_map_flags;
/// without UTF8_REQUEST: FOLD_FIX alone.
TableFlags plain_map_flags();

}  // namespace postlint::smtpd
