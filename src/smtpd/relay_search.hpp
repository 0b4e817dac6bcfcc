#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/smtpd/relay.hpp"
#include "src/smtpd/symbolic_world.hpp"

namespace postlint::smtpd {

/// One way through the server: what became of every request of the box.
struct Path {
  enum class End : std::uint8_t {
    refused,
    refused_after_rcpt,  // the recipients were accepted, DATA or the end of the message was not
    accepted,
    dead
  };
  Box box;
  End end = End::refused;
  std::string reply;
  std::string fatal;
  bool discarded = false;
  std::vector<std::pair<std::string, std::string>> assumed;  // fact, assumption
  DnsFacts dns;
  std::string last_item;  // the last step, where it stands
  text::Span last_place;
};

using RecipientFilter = std::function<bool(const RecipientChoice&)>;

/// The whole space with some of its recipients, in parts: with HELO and without, each kind of TLS
/// session, with a login and without.
std::vector<Box> first_boxes(const SymbolicWorld& world, const Space& space,
                             const RecipientFilter& wanted);

enum class SearchEnd : std::uint8_t { complete, stopped, too_many_choices };

/// Plays boxes, and those that the runs divide off, with all combinations of unknown answers.
/// `play` plays the box that the world has entered with one combination; false from it ends all.
SearchEnd play_boxes(SymbolicWorld& world, std::vector<Box> boxes, std::size_t recipients,
                     const std::function<bool(Choices&)>& play);

/// Plays all boxes that the whole space of a server comes to.
class PathSearch {
 public:
  PathSearch(const Server& server, const Facts& facts, const Space& space, std::size_t budget);

  /// Calls visit for each path of requests to recipients of which `wanted` holds; false from visit
  /// ends the search. Returns false where the budget did not suffice.
  bool run(const RecipientFilter& wanted, std::size_t recipients,
           const std::function<bool(const Path&)>& visit);

  /// One request of the space, played alone: its path, if no assumption is needed.
  std::optional<Path> play(const std::array<std::uint32_t, dimension_count>& members,
                           std::size_t recipients);

  [[nodiscard]] SymbolicWorld& world() { return world_; }
  [[nodiscard]] std::size_t runs() const { return runs_; }
  [[nodiscard]] const std::vector<std::string>& premises() const { return premises_; }
  [[nodiscard]] const std::string& stopped_at() const { return stopped_at_; }
  [[nodiscard]] text::Span stopped_place() const { return stopped_place_; }

 private:
  Path play_once(Choices& choices);
  void note_premises(const std::vector<std::string>& premises);

  const Server& server_;
  const Space& space_;
  SymbolicWorld world_;
  std::size_t budget_;
  std::size_t runs_ = 0;
  std::vector<std::string> premises_;
  std::string stopped_at_;
  text::Span stopped_place_;
};

}  // namespace postlint::smtpd
