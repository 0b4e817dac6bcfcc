#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/workspace.hpp"
#include "src/smtpd/elsewhere.hpp"
#include "src/smtpd/explanation.hpp"

namespace postlint::smtpd {

/// A cause with what to do about it.
struct ExplainedCause {
  Cause cause;
  Remedy remedy;
};

/// Equal refusals: the same reply but for names, decided at the same places.
struct RefusalGroup {
  std::vector<std::size_t> lines;  // of the text, from 1
  std::string example;             // the first of them
  std::string reply;               // of the example; may be empty
  bool warning = false;            // reject_warning: nothing was refused
  std::optional<Elsewhere> elsewhere;
  std::vector<ExplainedCause> causes, alike, possible;  // as in Explanation

  /// Something here, or someone elsewhere, is known to decide.
  [[nodiscard]] bool explained() const { return elsewhere || !causes.empty(); }
};

/// Explains every refusal in a text: log lines, a bounce, replies. Lines of a bounce that start
/// with white space belong to the line before. Largest groups first.
std::vector<RefusalGroup> explain_text(std::string_view text, const model::Workspace& workspace,
                                       const std::vector<const Server*>& servers,
                                       const Facts& facts);

}  // namespace postlint::smtpd
