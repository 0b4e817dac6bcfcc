#include <string>

#include "src/engine/rule.hpp"
#include "src/model/compatibility_level.hpp"

namespace postlint::rules::compat::level_bad {

constexpr RuleInfo info{.id = "compat/level-bad",
                        .title = "compatibility_level is malformed, or ahead of the release",
                        .severity = Severity::error,
                        .since = {3, 0}};

/// The number that Postfix compares; nothing where every program refuses to start. Before 3.6 it
/// was an integer parameter.
std::optional<std::int64_t> level_of(std::string_view text, database::Version version) {
  const bool dotted = version >= database::Version{3, 6, 0};
  if (!dotted && text.find('.') != text.npos) return std::nullopt;
  return model::parse_compatibility_level(text);
}

/// What was probably meant: 3,6 and v3.6 and "3.6" are 3.6; 3.6 is 2 before 3.6.
std::string meant(std::string_view text, database::Version version) {
  std::string guess;
  for (const char c : text) {
    if (c == ',')
      guess += '.';
    else if (c == '.' || (c >= '0' && c <= '9'))
      guess += c;
    else if (c != 'v' && c != 'V' && c != '"' && c != '\'' && c != ' ')
      return {};
  }
  while (guess.ends_with('.')) guess.pop_back();
  if (level_of(guess, version)) return guess;
  const bool whole = version < database::Version{3, 6, 0};
  return whole && model::parse_compatibility_level(guess) ? "2" : "";
}

void report_malformed(const Assignment& assignment, std::string_view text, Sink& sink) {
  auto finding = sink.report(info).at(assignment.value_span());
  finding
      .message("compatibility_level = ", text, " is no level in Postfix ",
               database::branch_text(sink.version()), ": every program refuses to start")
      .origin(assignment.setting());
  const auto level = meant(text, sink.version());
  if (level.empty()) return;
  const bool everywhere = level_of(level, sink.oldest()).has_value();
  Fix fix = everywhere ? Fix::safe("write " + level)
                       : Fix::unsafe("write " + level + ", which Postfix 3.6 and later take");
  finding.fix(std::move(fix)
                  .replace(assignment.value_span(), level)
                  .command("postconf -e 'compatibility_level = " + level + "'"));
}

void check(const Assignment& assignment, Sink& sink) {
  if (assignment.name != "compatibility_level" || sink.version() < info.since) return;
  const std::string_view text = assignment.setting().text();
  const auto level = level_of(text, sink.version());
  if (!level) return report_malformed(assignment, text, sink);
  const auto branch = database::branch_text(sink.version());
  const auto own = model::parse_compatibility_level(branch + ".1023");
  if (!own || *level <= *own) return;
  sink.report(info)
      .at(assignment.value_span())
      .severity(Severity::info)
      .message("compatibility_level = ", text, " is ahead of Postfix ", branch,
               ": an upgrade brings new defaults without the notices that announce them")
      .origin(assignment.setting());
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::compat::level_bad
