#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/database/database.hpp"
#include "src/model/expansion.hpp"
#include "src/model/main_cf.hpp"
#include "src/model/master_cf.hpp"
#include "src/text/mapped_text.hpp"

namespace postlint::model {

/// One step in the history of a value.
struct Origin {
  enum class Kind : std::uint8_t { compiled_default, main_cf, service_override, environment };
  Kind kind = Kind::compiled_default;
  text::Span span;  // the entry or the -o; no file for compiled defaults
  text::MappedView raw;
};

/// One parameter as a service sees it.
struct Setting {
  std::string_view name;
  const database::Parameter* parameter = nullptr;  // null: user-defined name or derived name
  std::optional<database::Type> type;              // nothing: user-defined
  text::MappedView raw;                            // the value in force, before expansion
  text::MappedText expanded;
  ExpansionStatus status = ExpansionStatus::ok;
  std::vector<std::string> warnings;
  std::vector<Origin> origins;  // lowest first; the last is in force
  /// Host facts that the text hinges on and that nobody told: "myhostname", "mydomain",
  /// "mynetworks". They stand in `expanded` as a literal "$myhostname".
  std::vector<std::string_view> unknown_facts;

  [[nodiscard]] const Origin& origin() const { return origins.back(); }
  [[nodiscard]] bool is_default() const { return origin().kind == Origin::Kind::compiled_default; }
  [[nodiscard]] const std::string& text() const { return expanded.text(); }
  [[nodiscard]] text::MappedView view() const { return expanded.view(); }
};

/// What only the host can tell. Absent parts are unknown, and so is what hinges on them.
struct HostFacts {
  std::optional<std::string> name;                    // of gethostname(2)
  std::optional<std::vector<std::string>> addresses;  // "192.0.2.2/24", "::1/128"
  std::optional<std::string> mail_name = {};          // what stands in /etc/mailname
};

/// The values that one program sees: compiled default < main.cf < -o of its master.cf entry, with
/// every $name expanded against the same view. Evaluated at the first look, then kept.
class EffectiveConfig {
 public:
  /// `entry` null: main.cf alone. `main`, `entry`, `database` and `host` outlive the object.
  EffectiveConfig(const database::Database& database, const MainCf& main, const MasterEntry* entry,
                  const HostFacts& host);

  /// The setting of a built-in, derived or user-defined name; null for a name that is nowhere.
  [[nodiscard]] const Setting* find(std::string_view name) const;
  /// As find(), for names that exist in every release that is supported; aborts otherwise.
  [[nodiscard]] const Setting& at(std::string_view name) const;

  /// Expanded text; empty for names that this release does not have.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  /// "yes" in any case. A value that is no boolean is fatal for the daemon: here it is false.
  [[nodiscard]] bool boolean(std::string_view name) const;
  /// The number; the compiled default where the value does not parse.
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  /// Seconds of a time value; the compiled default where it does not parse.
  [[nodiscard]] std::int64_t seconds(std::string_view name) const;
  [[nodiscard]] bool set(std::string_view name) const;  // by main.cf or -o

  /// The value in force before expansion, for who wants only pieces of a long list expanded; empty
  /// for a name that is nowhere.
  [[nodiscard]] std::string_view raw(std::string_view name) const;
  /// A piece of the raw value of `name`, expanded as that value is.
  [[nodiscard]] std::string expand_piece(std::string_view name, std::string_view piece) const;

  [[nodiscard]] const database::Database& database() const { return *database_; }
  [[nodiscard]] database::Version version() const { return database_->version(); }
  [[nodiscard]] const MasterEntry* entry() const { return entry_; }
  [[nodiscard]] const MainCf& main() const { return *main_; }
  [[nodiscard]] const HostFacts& host() const { return *host_; }

 private:
  Setting make(std::string_view name) const;
  /// The -o of this name, in their order.
  [[nodiscard]] std::span<const Override* const> overrides_of(std::string_view name) const;
  void add_origins(Setting& setting) const;
  void add_default(Setting& setting) const;
  void add_host_default(Setting& setting) const;
  void expand_value(Setting& setting) const;
  std::optional<MacroValue> macro(std::string_view name, Setting& reader) const;
  [[nodiscard]] bool visible_default(std::string_view name, std::string_view reader) const;
  [[nodiscard]] std::string_view program() const;

  const database::Database* database_;
  const MainCf* main_;
  const MasterEntry* entry_;
  const HostFacts* host_;
  std::vector<const Override*> overrides_;  // by name, then as they stand
  std::pmr::monotonic_buffer_resource memory_;
  mutable std::deque<std::string> texts_;  // names and defaults that stand nowhere else
  mutable std::pmr::deque<Setting> settings_{&memory_};
  mutable std::pmr::unordered_map<std::string_view, const Setting*> index_{&memory_};
  mutable std::vector<std::string_view> in_progress_;
};

}  // namespace postlint::model
