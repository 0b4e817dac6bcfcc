#pragma once

// The one header that a rule includes. docs/rules.md shows how a rule is written.

#include <string>
#include <string_view>

#include "src/engine/finding.hpp"
#include "src/engine/restriction_list.hpp"
#include "src/engine/rule_info.hpp"
#include "src/engine/sink.hpp"
#include "src/model/workspace.hpp"

namespace postlint::engine {

/// main.cf or master.cf, as it was read.
struct ConfigFile {
  enum class Kind : std::uint8_t { main_cf, master_cf };
  Kind kind = Kind::main_cf;
  text::FileId id = text::no_file;
  const text::SourceFile& source;
  const model::MainCf* main = nullptr;      // of main.cf
  const model::MasterCf* master = nullptr;  // of master.cf
};

/// A `name = value` that is in force: of main.cf, or of a -o. What a later line of the same file
/// or a later -o of the same service replaces is left out.
struct Assignment {
  std::string_view name;
  text::MappedView value;  // before expansion
  text::Span name_span;
  text::Span span;                          // main.cf: name to value; master.cf: "-o" to value
  const model::Service* service = nullptr;  // null: main.cf
  const model::EffectiveConfig* config = nullptr;  // that of the service, else of main.cf alone
  std::uint32_t line = 0;

  [[nodiscard]] bool in_main() const { return service == nullptr; }
  [[nodiscard]] text::Span value_span() const { return value.span(); }
  /// The value after expansion. Evaluated at the first call.
  [[nodiscard]] const model::Setting& setting() const { return *config->find(name); }
  /// Its row of the database; null for names that the release does not know.
  [[nodiscard]] const database::Parameter* parameter() const {
    return config->database().parameter(name);
  }
};

/// Plain functions, each for the cheapest view that a rule needs; unused ones stay null.
struct Hooks {
  /// main.cf, and master.cf if there is one: problems of reading, order of entries, layout.
  void (*on_file)(const ConfigFile& file, Sink& sink) = nullptr;
  /// Each assignment in force, in file order.
  void (*on_parameter)(const Assignment& assignment, Sink& sink) = nullptr;
  /// Each service of master.cf that is in force, of any program; without a master.cf the assumed
  /// smtp/inet (its `entry` is null).
  void (*on_service)(const model::Service& service, Sink& sink) = nullptr;
  /// Each restriction list and class of the smtpd services; a list that several services have
  /// unchanged is seen once.
  void (*on_restriction_list)(const RestrictionList& list, Sink& sink) = nullptr;
  /// Once.
  void (*on_config)(const model::Workspace& workspace, Sink& sink) = nullptr;
};

/// A rule: what is known of it, and what it looks at. One of them per file under rules/.
struct Rule {
  RuleInfo info;
  Hooks hooks;
};

}  // namespace postlint::engine

/// Rules live in postlint::rules::<category>::<slug> and see these names unqualified.
namespace postlint::rules {

using namespace postlint::engine;  // NOLINT(google-build-using-namespace)
using model::EffectiveConfig;
using model::Service;
using model::Setting;
using model::Workspace;
using text::MappedView;
using text::Span;

}  // namespace postlint::rules
