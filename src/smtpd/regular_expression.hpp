#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/table_regexp.hpp"

namespace postlint::smtpd {

/// Offsets of a (...) group in the subject; lo == hi: empty, or not part of the match.
struct GroupRange {
  std::size_t lo = 0;
  std::size_t hi = 0;
};

/// A compiled pattern of a regexp: or pcre: table. Patterns and subjects are not trusted: what
/// would take too long is too_hard, never an answer.
class RegularExpression {
 public:
  enum class Outcome : std::uint8_t { match, no_match, too_hard };

  virtual ~RegularExpression() = default;

  /// `groups`: if given, filled with group 1 and on.
  virtual Outcome match(std::string_view subject, std::vector<GroupRange>* groups) const = 0;
  /// How many (...) groups the pattern has.
  [[nodiscard]] virtual std::size_t group_count() const = 0;
};

/// A pattern, or why there is none.
struct CompiledExpression {
  std::unique_ptr<RegularExpression> expression;
  std::string error;      // as regcomp(3) or pcre2_compile(3) says it
  bool too_hard = false;  // compiling it would take too much memory
};

/// regcomp(3) of the C library with the flags of the rule. `groups`: whether they are asked for.
CompiledExpression compile_posix(std::string_view pattern, const grammar::RegexpFlags& flags,
                                 bool groups);
/// PCRE2 with the options that Postfix sets.
CompiledExpression compile_pcre(std::string_view pattern, const grammar::RegexpFlags& flags);

}  // namespace postlint::smtpd
