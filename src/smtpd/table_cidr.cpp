#include "grammar/table_cidr.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "grammar/inline_table.hpp"
#include "src/smtpd/table_types.hpp"

namespace postlint::smtpd {
namespace {

using grammar::CidrRule;
using ResultKind = LookupResult::Kind;

/// An address or mask as two words in network order, IPv4 in the first 32 bits of `high`.
struct Bits {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Bits&, const Bits&) = default;
  friend Bits operator&(const Bits& a, const Bits& b) { return {a.high & b.high, a.low & b.low}; }
};

Bits bits_of(const grammar::Address& address) {
  const std::size_t size = grammar::bit_count(address.family) / 8;
  Bits bits;
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t& word = i < 8 ? bits.high : bits.low;
    word |= std::uint64_t{address.bytes[i]} << (56 - 8 * (i % 8));
  }
  return bits;
}

Bits mask_of(unsigned prefix) {
  const auto word = [](unsigned bits) {
    return bits == 0 ? 0 : ~std::uint64_t{0} << (64 - std::min(bits, 64U));
  };
  return {word(std::min(prefix, 64U)), word(prefix > 64 ? prefix - 64 : 0)};
}

/// What a search of one address family compares, in a compact array: 12 bytes an IPv4 rule.
template <class Word>
struct TreeStep {
  static constexpr std::uint32_t condition = 0x80000000;
  static constexpr std::uint32_t negated = 0x40000000;
  static constexpr std::uint32_t number = 0x3fffffff;

  Word network;
  Word mask;
  std::uint32_t target;  // flags; the rule, or where to go on if the condition fails
};

struct IPv4Word {
  static std::uint32_t of(const Bits& bits) { return static_cast<std::uint32_t>(bits.high >> 32); }
};
struct IPv6Word {
  static Bits of(const Bits& bits) { return bits; }
};

/// The steps of one family, in order.
template <class Word, class Convert>
class Program {
 public:
  void add_match(const grammar::Network& network, bool negated, std::uint32_t rule) {
    if (skipping_ == 0) push(network, negated, rule);
  }

  /// `mine`: the condition is of this family; another one never holds.
  void open(const grammar::Network& network, bool negated, bool mine) {
    if (skipping_ > 0 || !mine) {
      ++skipping_;
    } else {
      conditions_.push_back(steps_.size());
      push(network, negated, StepType::condition);
    }
  }

  void close() {
    if (skipping_ > 0) {
      --skipping_;
    } else {
      patch(conditions_.back());
      conditions_.pop_back();
    }
  }

  /// Conditions that nothing ends reach to the end.
  void finish() {
    for (const std::size_t at : conditions_) patch(at);
    conditions_.clear();
    index();
  }

  [[nodiscard]] std::optional<std::uint32_t> run(const Bits& bits) const {
    const Word address = Convert::of(bits);
    if (!groups_.empty()) return first_of(address);
    for (std::size_t at = 0; at < steps_.size();) {
      const StepType& step = steps_[at];
      const bool equal = (address & step.mask) == step.network;
      const bool holds = equal != ((step.target & StepType::negated) != 0);
      const bool condition = (step.target & StepType::condition) != 0;
      if (condition && !holds) {
        at = step.target & StepType::number;
      } else if (!condition && holds) {
        return step.target & StepType::number;
      } else {
        ++at;
      }
    }
    return {};
  }

 private:
  using StepType = TreeStep<Word>;

  void push(const grammar::Network& network, bool negated, std::uint32_t target) {
    steps_.push_back({Convert::of(bits_of(network.address)), Convert::of(mask_of(network.prefix)),
                      target | (negated ? StepType::negated : 0)});
  }

  void patch(std::size_t at) { steps_[at].target |= static_cast<std::uint32_t>(steps_.size()); }

  /// The rules of one mask, by network; of equal networks the first rule.
  struct Group {
    Word mask;
    std::vector<std::pair<Word, std::uint32_t>> rules;
  };

  Group& group_of(const Word& mask) {
    for (Group& group : groups_)
      if (group.mask == mask) return group;
    groups_.push_back({mask, {}});
    return groups_.back();
  }

  /// A long list without conditions and negations is searched mask by mask, not rule by rule.
  void index() {
    constexpr std::size_t long_list = 64;
    const bool plain = std::all_of(steps_.begin(), steps_.end(), [](const StepType& step) {
      return (step.target & ~StepType::number) == 0;
    });
    if (!plain || steps_.size() < long_list) return;
    for (const StepType& step : steps_)
      group_of(step.mask).rules.emplace_back(step.network, step.target);
    for (Group& group : groups_) {
      std::sort(group.rules.begin(), group.rules.end());
      const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
      group.rules.erase(std::unique(group.rules.begin(), group.rules.end(), same),
                        group.rules.end());
    }
    steps_ = {};
  }

  [[nodiscard]] std::optional<std::uint32_t> first_of(const Word& address) const {
    std::optional<std::uint32_t> first;
    for (const Group& group : groups_) {
      const Word network = address & group.mask;
      const auto found =
          std::lower_bound(group.rules.begin(), group.rules.end(), network,
                           [](const auto& rule, const Word& word) { return rule.first < word; });
      if (found == group.rules.end() || found->first != network) continue;
      if (!first || found->second < *first) first = found->second;
    }
    return first;
  }

  std::vector<StepType> steps_;
  std::vector<Group> groups_;
  std::vector<std::size_t> conditions_;
  std::size_t skipping_ = 0;
};

class CidrTable : public Table {
 public:
  CidrTable(const TableSpec& spec, std::string_view bytes, text::FileId file)
      : Table(spec.type_name, false, spec.flags), bytes_(bytes), file_(file) {}

  using Table::warn;

  /// A rule without problem. `line`: where its ranges count.
  void add(const text::MappedView& line, const CidrRule& rule) {
    switch (rule.op) {
      case CidrRule::Op::match:
        return add_match(line, rule);
      case CidrRule::Op::if_block: {
        const bool ipv6 = is_ipv6(rule);
        ipv4_.open(*rule.network.network, rule.negated, !ipv6);
        ipv6_.open(*rule.network.network, rule.negated, ipv6);
        condition_networks_.push_back(grammar::to_text(*rule.network.network));
        ++nesting_;
        return;
      }
      case CidrRule::Op::endif:
        ipv4_.close();
        ipv6_.close();
        --nesting_;
    }
  }

  void finish() {
    ipv4_.finish();
    ipv6_.finish();
  }

  bool each_entry(const std::function<bool(const TableEntry&)>& visit) const override {
    for (const Rule& rule : rules_) {
      TableEntry entry;
      entry.kind = TableEntry::Kind::network;
      entry.pattern = pattern(rule);
      entry.value = value(rule);
      entry.negated = (rule.pattern_size & negated_rule) != 0;
      entry.conditional = (rule.pattern_size & conditional_rule) != 0;
      entry.span = span(rule);
      if (!visit(entry)) break;
    }
    return true;
  }

  bool each_pattern(const std::function<void(const TableEntry&)>& visit) const override {
    for (const std::string& network : condition_networks_) {
      TableEntry entry;
      entry.kind = TableEntry::Kind::network;
      entry.pattern = network;
      entry.conditional = true;
      visit(entry);
    }
    return Table::each_pattern(visit);
  }

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    LookupResult result;
    const std::optional<grammar::Address> address = grammar::parse_address(key);
    if (!address) return result;
    const Bits bits = bits_of(*address);
    const auto found = address->family == grammar::Family::ipv4 ? ipv4_.run(bits) : ipv6_.run(bits);
    if (!found) return result;
    const Rule& rule = rules_[*found];
    result.kind = ResultKind::found;
    result.value = value(rule);
    result.span = span(rule);
    const bool plain = (rule.pattern_size & (negated_rule | conditional_rule)) == 0;
    result.any_key = plain && pattern(rule).ends_with("/0");
    return result;
  }

 private:
  // Flags in the size of the pattern: no pattern is that long.
  static constexpr std::uint32_t copied = 0x80000000;
  static constexpr std::uint32_t negated_rule = 0x40000000;
  static constexpr std::uint32_t conditional_rule = 0x20000000;
  static constexpr std::uint32_t size_bits = 0x1fffffff;

  struct Rule {
    std::uint32_t pattern;
    std::uint32_t pattern_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };
  struct Copied {
    std::uint32_t rule;
    text::Span span;
  };

  static bool is_ipv6(const CidrRule& rule) {
    return rule.network.network->address.family == grammar::Family::ipv6;
  }

  void add_match(const text::MappedView& line, const CidrRule& rule) {
    const auto number = static_cast<std::uint32_t>(rules_.size());
    keep(line, rule, number);
    if (is_ipv6(rule)) {
      ipv6_.add_match(*rule.network.network, rule.negated, number);
    } else {
      ipv4_.add_match(*rule.network.network, rule.negated, number);
    }
  }

  void keep(const text::MappedView& line, const CidrRule& rule, std::uint32_t number) {
    const std::string_view pattern = line.text(rule.pattern);
    const std::string_view value = line.text(rule.result);
    const bool plain = !bytes_.empty() && pattern.data() >= bytes_.data() &&
                       pattern.data() < bytes_.data() + bytes_.size();
    std::uint32_t flags = (rule.negated ? negated_rule : 0) | (nesting_ > 0 ? conditional_rule : 0);
    if (!plain) {
      flags |= copied;
      spans_.push_back({number, line.span({rule.pattern.lo, rule.result.hi})});
    }
    rules_.push_back({place(pattern, plain),
                      (static_cast<std::uint32_t>(pattern.size()) & size_bits) | flags,
                      place(value, plain), static_cast<std::uint32_t>(value.size())});
  }

  std::uint32_t place(std::string_view part, bool plain) {
    if (plain) return static_cast<std::uint32_t>(part.data() - bytes_.data());
    const auto at = static_cast<std::uint32_t>(copies_.size());
    copies_ += part;
    return at;
  }

  [[nodiscard]] std::string_view text_of(const Rule& rule) const {
    return (rule.pattern_size & copied) != 0 ? std::string_view(copies_) : bytes_;
  }
  [[nodiscard]] std::string_view pattern(const Rule& rule) const {
    return text_of(rule).substr(rule.pattern, rule.pattern_size & size_bits);
  }
  [[nodiscard]] std::string_view value(const Rule& rule) const {
    return text_of(rule).substr(rule.value, rule.value_size);
  }
  [[nodiscard]] text::Span span(const Rule& rule) const {
    if ((rule.pattern_size & copied) == 0) {
      return {file_, rule.pattern, rule.value + rule.value_size};
    }
    const auto number = static_cast<std::uint32_t>(&rule - rules_.data());
    return std::lower_bound(spans_.begin(), spans_.end(), number,
                            [](const Copied& c, std::uint32_t n) { return c.rule < n; })
        ->span;
  }

  std::string_view bytes_;
  text::FileId file_;
  std::vector<Rule> rules_;
  std::vector<Copied> spans_;
  std::string copies_;
  Program<std::uint32_t, IPv4Word> ipv4_;
  Program<Bits, IPv6Word> ipv6_;
  std::size_t nesting_ = 0;
  std::vector<std::string> condition_networks_;
};

std::string map_line(const TableSpec& spec, std::uint32_t line) {
  return "cidr map " + std::string(spec.name.text()) + ", line " + std::to_string(line) + ": ";
}

void take(CidrTable& table, const TableSpec& spec, const text::MappedView& line,
          std::uint32_t number, const CidrRule& rule) {
  if (rule.problem == grammar::CidrProblem::none) return table.add(line, rule);
  const std::string problem = grammar::problem_text(line.text(), rule);
  const bool dropped = rule.problem == grammar::CidrProblem::leading_white_space;
  table.warn(line.span(), dropped ? std::string(spec.name.text()) + ": " + problem
                                  : map_line(spec, number) + problem + ": skipping this rule");
}

}  // namespace

std::unique_ptr<Table> make_cidr_table(const TableSpec& spec, TableSource source) {
  auto table = std::make_unique<CidrTable>(spec, source.file.bytes(), source.id);
  text::LineArena arena;
  const auto open = grammar::for_each_cidr_rule(
      source.file, source.id, arena, [&](const text::LogicalLine& line, const CidrRule& rule) {
        take(*table, spec, line.view(), line.line, rule);
      });
  for (const text::LogicalLine& line : open) {
    table->warn(line.view().span(), map_line(spec, line.line) + "IF has no matching ENDIF");
  }
  table->finish();
  return table;
}

std::unique_ptr<Table> make_cidr_table(const TableSpec& spec) {
  const grammar::InlineRules rules = grammar::parse_inline_rules(spec.name.text());
  if (rules.problem != grammar::BraceProblem::none) {
    return make_failing_table(spec, inline_rules_problem(spec));
  }
  auto table = std::make_unique<CidrTable>(spec, "", text::no_file);
  std::size_t nesting = 0;
  std::uint32_t number = 0;
  for (const text::Range range : rules.rules) {
    const text::MappedView line = spec.name.sub(range);
    const CidrRule rule = grammar::parse_cidr_rule(line.text(), nesting);
    take(*table, spec, line, ++number, rule);
    if (rule.problem != grammar::CidrProblem::none) continue;
    if (rule.op == CidrRule::Op::if_block) ++nesting;
    if (rule.op == CidrRule::Op::endif) --nesting;
  }
  table->finish();
  return table;
}

std::string inline_rules_problem(const TableSpec& spec) {
  const std::string_view name = spec.name.text();
  const grammar::InlineRules rules = grammar::parse_inline_rules(name);
  const std::string what =
      rules.problem == grammar::BraceProblem::no_opening   ? "no '{' at start of text in \""
      : rules.problem == grammar::BraceProblem::no_closing ? "missing '}' in \""
                                                           : "syntax error after '}' in \"";
  return spec.type + " map: " + what + std::string(name) + '"';
}

}  // namespace postlint::smtpd
