#include "src/smtpd/regexp_cells.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "src/smtpd/regexp_tree.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using Set = std::bitset<256>;
using StateSet = std::vector<std::uint32_t>;

constexpr std::size_t most_states = 1500;
constexpr std::uint32_t no_state = 0xffffffff;

using text::byte;

/// A nondeterministic automaton (Thompson), with anchors as guards of empty moves.
class Automaton {
 public:
  enum class Guard : std::uint8_t { free, start, end };

  static std::optional<Automaton> of(const CellPattern& pattern) {
    const RegexpTree tree = parse_regexp_tree(pattern.text);
    if (!tree.exact) return std::nullopt;
    Automaton automaton;
    automaton.ignore_case_ = pattern.ignore_case;
    automaton.first_ = automaton.add();
    automaton.last_ = automaton.build(tree.root, automaton.first_);
    if (automaton.states_.size() > most_states) return std::nullopt;
    return automaton;
  }

  /// {no_state}: matched, whatever follows.
  [[nodiscard]] StateSet begin() const { return settle({first_}, true); }

  [[nodiscard]] StateSet step(const StateSet& from, unsigned char c) const {
    if (matched(from)) return from;
    StateSet next;
    for (const std::uint32_t state : from)
      if (states_[state].next != no_state && states_[state].set.test(c))
        next.push_back(states_[state].next);
    next.push_back(first_);
    return settle(std::move(next), false);
  }

  /// Does the string that ended here match?
  [[nodiscard]] bool ends_matched(const StateSet& at, bool empty) const {
    if (matched(at)) return true;
    const StateSet all = closure(at, empty, true);
    return std::binary_search(all.begin(), all.end(), last_);
  }

  static bool matched(const StateSet& set) { return set.size() == 1 && set.front() == no_state; }

  void collect(std::vector<Set>& sets) const {
    for (const State& state : states_)
      if (state.next != no_state && std::find(sets.begin(), sets.end(), state.set) == sets.end())
        sets.push_back(state.set);
  }

 private:
  struct State {
    Set set;
    std::uint32_t next = no_state;
    std::vector<std::pair<Guard, std::uint32_t>> moves;
  };

  std::uint32_t add() {
    states_.emplace_back();
    return static_cast<std::uint32_t>(states_.size() - 1);
  }

  void move(std::uint32_t from, std::uint32_t to, Guard guard = Guard::free) {
    states_[from].moves.emplace_back(guard, to);
  }

  /// Appends the node with its repetitions; returns where it ends.
  std::uint32_t build(const RegexpNode& node, std::uint32_t from) {
    for (int i = 0; i < node.least && states_.size() <= most_states; ++i)
      from = build_once(node, from);
    if (node.most >= unbounded_repetition) {
      const std::uint32_t loop = add();
      move(from, loop);
      move(build_once(node, loop), loop);
      return loop;
    }
    const std::uint32_t end = node.most > node.least ? add() : from;
    for (int i = node.least; i < node.most && states_.size() <= most_states; ++i) {
      move(from, end);
      from = build_once(node, from);
    }
    if (end != from) move(from, end);
    return end;
  }

  std::uint32_t build_once(const RegexpNode& node, std::uint32_t from) {
    const std::uint32_t end = add();
    switch (node.kind) {
      case RegexpNode::Kind::set: {
        const std::uint32_t reader = add();
        move(from, reader);
        states_[reader].set = ignore_case_ ? both_cases(node.set) : node.set;
        states_[reader].next = end;
        return end;
      }
      case RegexpNode::Kind::start:
      case RegexpNode::Kind::end:
        move(from, end, node.kind == RegexpNode::Kind::start ? Guard::start : Guard::end);
        return end;
      case RegexpNode::Kind::choice:
        for (const RegexpNode& child : node.children) {
          const std::uint32_t branch = add();
          move(from, branch);
          move(build(child, branch), end);
        }
        return end;
      default: {
        std::uint32_t at = from;
        for (const RegexpNode& child : node.children) at = build(child, at);
        move(at, end);
        return end;
      }
    }
  }

  static Set both_cases(Set set) {
    for (char c = 'a'; c <= 'z'; ++c) {
      const std::size_t upper = byte(text::upper(c));
      const bool either = set.test(byte(c)) || set.test(upper);
      set.set(byte(c), either);
      set.set(upper, either);
    }
    return set;
  }

  [[nodiscard]] StateSet closure(StateSet set, bool at_start, bool at_end) const {
    std::vector<bool> seen(states_.size());
    for (const std::uint32_t state : set) seen[state] = true;
    for (std::size_t i = 0; i < set.size(); ++i)
      for (const auto& [guard, to] : states_[set[i]].moves) {
        const bool open = guard == Guard::free || (guard == Guard::start ? at_start : at_end);
        if (!open || seen[to]) continue;
        seen[to] = true;
        set.push_back(to);
      }
    std::sort(set.begin(), set.end());
    return set;
  }

  /// Keeps the states that can still do something.
  [[nodiscard]] StateSet settle(StateSet set, bool at_start) const {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    set = closure(std::move(set), at_start, false);
    if (std::binary_search(set.begin(), set.end(), last_)) return {no_state};
    std::erase_if(set, [&](std::uint32_t s) {
      const State& state = states_[s];
      return state.next == no_state &&
             std::none_of(state.moves.begin(), state.moves.end(),
                          [](const auto& m) { return m.first == Guard::end; });
    });
    return set;
  }

  std::vector<State> states_;
  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
  bool ignore_case_ = true;
};

/// The automaton made deterministic, as far as it is walked: a product of many expressions takes
/// each of their steps again and again.
class Steps {
 public:
  explicit Steps(Automaton automaton) : automaton_(std::move(automaton)) {}

  void collect(std::vector<Set>& sets) const { automaton_.collect(sets); }

  std::uint32_t begin() { return number_of(automaton_.begin()); }

  /// `letter`: the place of `c` in the alphabet.
  std::uint32_t step(std::uint32_t from, std::size_t letter, unsigned char c) {
    std::vector<std::uint32_t>& next = states_[from].next;
    if (next.size() <= letter) next.resize(letter + 1, unknown);
    if (next[letter] != unknown) return next[letter];
    const std::uint32_t to = number_of(automaton_.step(states_[from].set, c));
    return states_[from].next[letter] = to;
  }

  [[nodiscard]] bool ends_matched(std::uint32_t at, bool empty) const {
    return automaton_.ends_matched(states_[at].set, empty);
  }
  /// Of an anchored expression: it can never match.
  [[nodiscard]] bool dead(std::uint32_t at) const { return states_[at].set.empty(); }

 private:
  static constexpr std::uint32_t unknown = 0xffffffff;

  struct State {
    StateSet set;
    std::vector<std::uint32_t> next;  // by letter
  };

  std::uint32_t number_of(StateSet set) {
    const auto [known, fresh] =
        numbers_.emplace(std::move(set), static_cast<std::uint32_t>(states_.size()));
    if (fresh) states_.push_back({known->first, {}});
    return known->second;
  }

  Automaton automaton_;
  std::vector<State> states_;
  std::map<StateSet, std::uint32_t> numbers_;
};

/// Breadth first, so that the string of each state is a shortest one.
class Product {
 public:
  Product(std::vector<Steps> automata, bool upper_case) : automata_(std::move(automata)) {
    choose_alphabet(upper_case);
  }

  Cells explore(std::size_t limit) {
    std::vector<std::uint32_t> start;
    for (Steps& automaton : automata_) start.push_back(automaton.begin());
    add(std::move(start), no_state, 0);
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      take(at);
      if (nodes_.size() > limit) return std::move(cells_);
      for (std::size_t letter = 0; letter < alphabet_.size(); ++letter) step(at, letter);
    }
    cells_.complete = true;
    return std::move(cells_);
  }

 private:
  struct Node {
    std::vector<std::uint32_t> states;  // of the automata, the form first
    std::uint32_t parent;
    unsigned char c;
  };

  void step(std::size_t at, std::size_t letter) {
    const unsigned char c = alphabet_[letter];
    std::vector<std::uint32_t> next;
    next.reserve(automata_.size());
    for (std::size_t i = 0; i < automata_.size(); ++i) {
      next.push_back(automata_[i].step(nodes_[at].states[i], letter, c));
      if (i == 0 && automata_.front().dead(next.front())) return;
    }
    add(std::move(next), static_cast<std::uint32_t>(at), c);
  }

  /// One character of those that all sets treat alike.
  void choose_alphabet(bool upper_case) {
    std::vector<Set> sets;
    for (const Steps& automaton : automata_) automaton.collect(sets);
    std::set<std::vector<bool>> seen;
    std::string candidates = "etaoinsrhldcumfpgwybvkxjqz0123456789.-_@+=<>[]:!%/ ";
    if (upper_case) candidates += "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const char c : candidates) {
      std::vector<bool> signature;
      for (const Set& set : sets) signature.push_back(set.test(byte(c)));
      if (seen.insert(signature).second) alphabet_.push_back(byte(c));
    }
  }

  void add(std::vector<std::uint32_t> states, std::uint32_t parent, unsigned char c) {
    std::string key(reinterpret_cast<const char*>(states.data()),
                    states.size() * sizeof states.front());
    if (known_.insert(std::move(key)).second) nodes_.push_back({std::move(states), parent, c});
  }

  /// The string that leads to a node, if it has the form and a combination that is new.
  void take(std::size_t at) {
    const Node& node = nodes_[at];
    const bool empty = node.parent == no_state;
    if (!automata_.front().ends_matched(node.states.front(), empty)) return;
    std::vector<bool> truths;
    for (std::size_t i = 1; i < automata_.size(); ++i)
      truths.push_back(automata_[i].ends_matched(node.states[i], empty));
    if (!found_.insert(truths).second) return;
    std::string text;
    for (std::size_t n = at; nodes_[n].parent != no_state; n = nodes_[n].parent)
      text += static_cast<char>(nodes_[n].c);
    std::reverse(text.begin(), text.end());
    cells_.samples.push_back(std::move(text));
  }

  std::vector<Steps> automata_;
  std::vector<unsigned char> alphabet_;
  std::vector<Node> nodes_;
  std::unordered_set<std::string> known_;
  std::set<std::vector<bool>> found_;
  Cells cells_;
};

}  // namespace

Cells explore_cells(const std::vector<CellPattern>& patterns, std::string_view form,
                    std::size_t limit) {
  std::vector<Steps> automata;
  auto wanted = Automaton::of({std::string(form), true});
  if (!wanted) return {};
  automata.emplace_back(std::move(*wanted));
  bool upper_case = false;
  for (const CellPattern& pattern : patterns) {
    auto automaton = Automaton::of(pattern);
    if (!automaton) return {};
    automata.emplace_back(std::move(*automaton));
    upper_case = upper_case || !pattern.ignore_case;
  }
  return Product(std::move(automata), upper_case).explore(limit);
}

}  // namespace postlint::smtpd
