#include <string>

#include "src/engine/rule.hpp"

namespace postlint::rules::compat::removed_restriction {

constexpr RuleInfo info{.id = "compat/removed-restriction",
                        .title = "a restriction is gone, or has another name",
                        .severity = Severity::error,
                        .subsumed_by = "relay/mx-backup"};

using database::Restriction;

bool is_old_spelling(const Restriction& word) { return word.canonical != word.name; }

/// Deletes a word and the separators behind it.
Fix without(Span word, std::string title, Sink& sink) {
  const std::string_view bytes = sink.workspace().sources()[word.file].bytes();
  while (word.hi < bytes.size() &&
         (bytes[word.hi] == ' ' || bytes[word.hi] == '\t' || bytes[word.hi] == ','))
    ++word.hi;
  return Fix::unsafe(std::move(title)).remove(word);
}

/// Only what the release table says of a word; a list of blocklist domains is not made up.
void mend(FindingBuilder& finding, const RestrictionItem& item, Sink& sink) {
  const auto& word = *item.restriction;
  const auto span = item.span();
  const std::string replacement(word.replacement);
  if (!span.in_file()) return;
  if (is_old_spelling(word))
    finding.fix(Fix::safe("use the name of today").replace(span, replacement));
  else if (replacement == "reject_unauth_destination")
    finding.fix(Fix::unsafe("replace it: clients that were let through because their host name is "
                            "in relay_domains can no longer relay")
                    .replace(span, replacement));
  else if (word.removed && word.name.starts_with("permit_"))
    finding.fix(
        without(span, "delete it: whoever it permitted is judged by the words after it", sink));
}

void say(FindingBuilder& finding, const RestrictionItem& item, Sink& sink) {
  const auto& word = *item.restriction;
  if (is_old_spelling(word)) {
    finding.severity(Severity::style).message(word.name, " is the old name of ", word.canonical);
  } else if (word.removed && *word.removed <= sink.oldest()) {
    finding.message("Postfix ", database::branch_text(*word.removed), " removed ", word.name,
                    ": every request that reaches it is answered 451 4.3.5 Server configuration "
                    "error; use ",
                    word.replacement);
  } else if (word.removed) {
    finding.severity(Severity::warning)
        .message(word.name, " is obsolete, and from Postfix ", database::branch_text(*word.removed),
                 " on every request that reaches it is answered 451 4.3.5; use ", word.replacement);
  } else {
    finding.severity(Severity::warning)
        .message(removal_notice(word, sink.version()))
        .since(*word.deprecated);
  }
}

void check(const RestrictionList& list, Sink& sink) {
  for (const auto& item : list.items) {
    const auto* word = item.restriction;
    if (!word || !word->deprecated || *word->deprecated > sink.version()) continue;
    auto finding = sink.report(info).at(item.span());
    finding.parameter(list.name).item(word->name);
    say(finding, item, sink);
    mend(finding, item, sink);
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::compat::removed_restriction
