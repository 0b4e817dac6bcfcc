#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/unknown_words.hpp"

namespace postlint::rules::access::unknown_restriction {

constexpr RuleInfo info{.id = "access/unknown-restriction",
                        .title = "a word in a restriction list is no restriction",
                        .severity = Severity::error};

constexpr std::string_view consequence =
    "every request that reaches it is answered 451 4.3.5 Server configuration error";

void report(const RestrictionItem& item, const RestrictionList& list, Sink& sink) {
  const std::string_view word = item.text();
  const std::string_view owner = assigned_name(sink.workspace(), item.span());
  auto finding = sink.report(info).at(item.span());
  finding.parameter(owner.empty() ? list.name : owner).item(word);
  if (item.restriction != nullptr) {
    finding.message(word, " came with Postfix ", database::branch_text(item.restriction->since),
                    ": in ", database::branch_text(sink.version()), " ", consequence);
    return;
  }
  finding.message("there is no restriction ", word, ": ", consequence);
  const std::string_view meant = nearest_restriction(word, list.config());
  if (meant.empty()) return;
  finding.label("did you mean ", meant, "?");
  if (sink.text(item.span()) != word) return;
  finding.fix(Fix::unsafe("write " + std::string(meant) + ", which then decides on these requests")
                  .replace(item.span(), std::string(meant)));
}

void check(const RestrictionList& list, Sink& sink) {
  for (const UnknownWord& unknown : unknown_words(list, sink.lists(*list.service))) {
    if (unknown.kind == UnknownWord::Kind::other) report(*unknown.item, list, sink);
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::unknown_restriction
