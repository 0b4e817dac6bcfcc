#include <string>

#include "src/engine/lost_continuations.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/value_layout.hpp"

namespace postlint::rules::syntax::lost_continuation {

constexpr RuleInfo info{.id = "syntax/lost-continuation",
                        .title = "the rest of a list starts in column 1, and so is none of it",
                        .severity = Severity::error};

std::string consequence(const LostContinuation& lost) {
  const std::string owner(lost.owner->name());
  if (lost.fatal) return "every program of Postfix dies of it, since it has no '='";
  return "Postfix takes it for a parameter, which nothing reads, and " + owner + " lacks it";
}

/// The backslash that was to continue a line, with the blanks before it; empty: there is none.
Span backslash_of(const MappedView& line) {
  const std::string_view text = line.text();
  const auto last = text.find_last_not_of(" \t\r");
  if (last == std::string_view::npos || text[last] != '\\') return {};
  const auto word = text.substr(0, last).find_last_not_of(" \t\r");
  const auto lo = word == std::string_view::npos ? last : word + 1;
  return line.span({static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(last + 1)});
}

Fix indented(const LostContinuation& lost, Sink& sink) {
  const std::string owner(lost.owner->name());
  const std::string title = lost.lines.size() == 1
                                ? "indent the line"
                                : "indent these " + std::to_string(lost.lines.size()) + " lines";
  auto fix = decides_access(kind_of(owner, sink))
                 ? Fix::unsafe(title + "; " + owner + " then holds these elements, too")
                 : Fix::safe(title);
  if (const Span end = backslash_of(lost.owner->value()); end.in_file()) fix.remove(end);
  for (const MappedView& line : lost.lines) {
    fix.insert_before(line.span(), "  ");
    const bool last = &line == &lost.lines.back();
    if (const Span end = backslash_of(line); end.in_file() && !last) fix.remove(end);
  }
  return fix;
}

void report(const LostContinuation& lost, Sink& sink) {
  const std::string_view first = lost.lines.front().text();
  auto finding = sink.report(info).at(lost.span());
  finding
      .message("the line starts in column 1, so it does not continue ", lost.owner->name(),
               " above: ", consequence(lost))
      .parameter(lost.owner->name())
      .item(first.substr(0, first.find_first_of(" \t\r,")))
      .related(lost.owner->name_span(), "the list that ends before it")
      .fix(indented(lost, sink));
  for (const MappedView& line : lost.lines) finding.spoilt(line.span());
  const std::size_t more = lost.lines.size() - 1;
  if (more == 1) finding.note("the line below it is lost, too");
  if (more > 1) finding.note("so are the ", std::to_string(more), " lines below it");
}

void check(const Workspace&, Sink& sink) {
  for (const LostContinuation& lost : lost_continuations(sink)) report(lost, sink);
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::syntax::lost_continuation
