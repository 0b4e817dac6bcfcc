#pragma once

#include <optional>

#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/symbolic_world.hpp"

namespace postlint::smtpd {

/// A restriction list, or a part of one, played by itself: as RCPT comes to it with the request
/// that the world has entered, without what other lists do before.
class ListRun {
 public:
  /// Throws ServerDies and Hangup as the evaluator does. The list outlives the run.
  ListRun(const Server& server, const Space& space, const SymbolicWorld& world, Choices& choices,
          ListName name, const RestrictionList& list);

  [[nodiscard]] Status status() const { return status_; }
  [[nodiscard]] const std::vector<Step>& steps() { return evaluator_.steps(); }
  /// The word of the list at which it ended; nothing: no word was looked at.
  [[nodiscard]] std::optional<std::size_t> last_word();

 private:
  void enter(const Server& server, const Space& space, const SymbolicWorld& world);

  Evaluator evaluator_;
  const RestrictionList& list_;
  Status status_ = Status::dunno;
};

}  // namespace postlint::smtpd
