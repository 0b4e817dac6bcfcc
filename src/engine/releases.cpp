#include "src/engine/releases.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "src/engine/readers.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/sink.hpp"
#include "src/engine/table_references.hpp"
#include "src/model/compatibility_level.hpp"

namespace postlint::engine {

namespace {

using database::Version;

/// Programs that the oldest release lacks.
constexpr std::array<std::pair<std::string_view, Version>, 2> newer_programs{
    {{"postlogd", {3, 4, 0}}, {"nbdb_reindexd", {3, 11, 0}}}};

/// What a level with a dot says of the release: it is an error before 3.6.
Version release_of_level(std::string_view text) {
  constexpr Version dotted{3, 6, 0};
  if (text.find('.') == text.npos || !model::parse_compatibility_level(text)) return {};
  return std::max(dotted, database::parse_version(text).value_or(dotted));
}

/// Raises the oldest release by each thing that older ones lack.
class OldestRelease {
 public:
  explicit OldestRelease(Sink& sink) : sink_(sink) {}

  Version find() {
    for (const Assignment& assignment : settings_in_force(sink_)) look_at(assignment);
    for (const model::Service& service : sink_.workspace().services()) look_at(service);
    for (const TableReference& table : table_references(sink_))
      if (table.row != nullptr) needs(table.row->since);
    return oldest_;
  }

 private:
  /// What is newer than the release of the run is unknown there, and tells nothing.
  void needs(Version came) {
    if (came > sink_.version()) return;
    for (const Version branch : database::branches())
      if (branch.same_branch(came)) oldest_ = std::max(oldest_, branch);
  }

  void look_at(const Assignment& assignment) {
    if (assignment.name == "compatibility_level")
      needs(release_of_level(assignment.setting().text()));
    if (assignment.parameter() == nullptr) {
      const database::Family* family = family_of(assignment.name, sink_);
      if (family != nullptr) needs(family->since);
      return;
    }
    const auto lifetime = sink_.database().lifetime(assignment.name);
    if (!lifetime) return;
    Version came = lifetime->introduced;
    for (const Version backport : lifetime->backports) came = std::min(came, backport);
    needs(came);
  }

  void look_at(const model::Service& service) {
    for (const auto& [program, came] : newer_programs)
      if (service.entry != nullptr && program_of(service) == program) needs(came);
    for (const RestrictionList& list : sink_.lists(service)) {
      if (list.setting->is_default()) continue;
      for (const RestrictionItem& item : list.items)
        if (item.restriction != nullptr) needs(item.restriction->since);
    }
  }

  Sink& sink_;
  Version oldest_ = database::branches().front();
};

/// What is found once for all rules.
struct Found {
  Version oldest;
};

}  // namespace

Version oldest_release(Sink& sink) {
  if (!sink.shared<AssumedRelease>([] { return AssumedRelease{}; }).assumed) return sink.version();
  return sink.shared<Found>([&] { return Found{OldestRelease(sink).find()}; }).oldest;
}

}  // namespace postlint::engine
