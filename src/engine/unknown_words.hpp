#pragma once

#include <vector>

#include "src/engine/restriction_list.hpp"

namespace postlint::engine {

/// A word of a restriction list that is neither built in nor a declared class, and that smtpd can
/// come to: it logs `unknown smtpd restriction` and answers 451.
struct UnknownWord {
  enum class Kind : std::uint8_t {
    second_domain,     // behind the DNSBL name of a keyword that takes one name only
    undeclared_class,  // a list of restrictions of this name is defined, but not declared
    other
  };
  Kind kind = Kind::other;
  const RestrictionItem* item = nullptr;
  const RestrictionItem* keyword = nullptr;  // second_domain: the keyword in front
};

/// The unknown words of a list in order, each mistake once: words next to an unknown one, which
/// resemble nothing that exists, are part of it. What stands behind a word that always decides, a
/// `# comment` or an indented `name = value` is left out, and so are words with quotes and stray
/// separators: those are mistakes of other kinds.
/// `lists`: of the same service.
std::vector<UnknownWord> unknown_words(const RestrictionList& list,
                                       const std::vector<RestrictionList>& lists);

/// The restriction or class that was probably meant by `word`; empty: none.
std::string_view nearest_restriction(std::string_view word, const model::EffectiveConfig& config);

}  // namespace postlint::engine
