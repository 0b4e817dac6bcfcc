#pragma once

#include "src/database/version.hpp"

namespace postlint::engine {

class Sink;

/// Given by whoever starts the run (SharedValues::set). Where nobody named a release, the server
/// may have an older one than the database of the run speaks of.
struct AssumedRelease {
  bool assumed = false;
};

/// The oldest release that the server may have: the one of the run if that was named, else the
/// newest patch release of the oldest branch that has all that the configuration uses.
database::Version oldest_release(Sink& sink);

}  // namespace postlint::engine
