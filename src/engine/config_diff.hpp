#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/engine/finding.hpp"
#include "src/model/workspace.hpp"

namespace postlint::engine {

/// A master.cf field, or the command without its -o, that two versions of a service have not alike.
struct FieldChange {
  std::string field;  // "chroot", "command"
  std::string before;
  std::string after;
};

/// A service of master.cf that is new, gone, or not what it was. The -o of its entry are not looked
/// at: they are values.
struct ServiceChange {
  std::string service;                     // "smtp/inet"
  const model::Service* before = nullptr;  // null: the service is new
  const model::Service* after = nullptr;   // null: it is gone
  std::vector<FieldChange> fields;
};

/// A value that is a list, word by word (restrictions with their arguments).
struct ItemChanges {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  /// Words that both lists have, in another order: the fewest that explain it.
  struct Move {
    std::string item;
    std::string behind_before;  // the word in front of it; empty: it was the first
    std::string behind_after;
  };
  std::vector<Move> moved;
};

/// An effective value that changed, for all services for which it changed alike.
struct ValueChange {
  std::string parameter;
  /// Those whose program reads it, in the order of master.cf; empty: none does, main.cf alone.
  std::vector<std::string> services;
  bool everywhere = false;                 // in every such service that both sides have
  const model::Setting* before = nullptr;  // null: the name is nowhere on that side
  const model::Setting* after = nullptr;
  /// Neither side sets it: another value that it takes over changed.
  bool derived = false;
  std::optional<ItemChanges> items;  // of lists
};

/// A finding of one side alone. `side` owns it.
struct FindingChange {
  const Finding* finding = nullptr;
  std::string fingerprint;
};

/// What a configuration says otherwise than another one. Refers to both workspaces.
struct ConfigDiff {
  std::vector<ServiceChange> services;
  std::vector<ValueChange> values;

  [[nodiscard]] bool empty() const { return services.empty() && values.empty(); }
};

/// Compares services by their endpoint, and the effective values of those that both sides have.
ConfigDiff diff_configurations(const model::Workspace& before, const model::Workspace& after);

/// The services that are the same endpoint on both sides, in the order of `after`.
struct ServicePair {
  const model::Service* before = nullptr;
  const model::Service* after = nullptr;
};
std::vector<ServicePair> common_services(const model::Workspace& before,
                                         const model::Workspace& after);

/// The findings of `of` that `others` lack, by fingerprint and number.
std::vector<FindingChange> findings_without(const std::vector<Finding>& of,
                                            const std::vector<Finding>& others);

/// Which words were added, removed and moved.
ItemChanges diff_items(const std::vector<std::string>& before,
                       const std::vector<std::string>& after);

}  // namespace postlint::engine
