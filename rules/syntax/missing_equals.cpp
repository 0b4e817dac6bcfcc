#include <algorithm>
#include <string>

#include "src/engine/rule.hpp"

namespace postlint::rules::syntax::missing_equals {

constexpr RuleInfo info{.id = "syntax/missing-equals",
                        .title = "a line of main.cf is no name = value",
                        .severity = Severity::error};

using model::MainProblem;
using Kind = MainProblem::Kind;

constexpr std::string_view everybody_dies = ": every program of Postfix dies of it";
constexpr std::string_view blanks = " \t\r\v\f";

std::string_view first_word(std::string_view line) {
  return line.substr(0, line.find_first_of(" \t\r\v\f:"));
}

/// The lines that git(1) and others put around what they could not merge.
bool is_conflict_marker(std::string_view line) {
  constexpr std::string_view markers[] = {"<<<<<<<", "|||||||", "=======", ">>>>>>>"};
  return std::any_of(std::begin(markers), std::end(markers),
                     [&](std::string_view marker) { return line.starts_with(marker); });
}

/// How comments start elsewhere.
std::string_view foreign_comment(std::string_view line) {
  constexpr std::string_view starts[] = {"//", ";", "--"};
  for (const std::string_view start : starts) {
    if (line.starts_with(start)) return start;
  }
  return {};
}

Span head(const MappedView& line, std::size_t size) {
  return line.span({0, static_cast<std::uint32_t>(size)});
}

/// "relayhost: a", "relayhost a": from the end of the name to the value.
Fix with_equals(const MappedView& line, std::string_view name) {
  const std::string_view text = line.text();
  const auto value = std::min(text.find_first_not_of(" \t\r\v\f:", name.size()), text.size());
  auto fix = Fix::unsafe("write " + std::string(name) + " = ...; the parameter is then set");
  fix.replace(
      line.span({static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value)}),
      " = ");
  return fix;
}

/// "smtpd_tls auth_only = yes": the parameter whose name was torn apart.
std::string joined_name(std::string_view line, Sink& sink) {
  std::string name(line.substr(0, line.find('=')));
  name.erase(name.find_last_not_of(blanks) + 1);
  for (const std::string_view joint : {"_", ""}) {
    std::string joined;
    for (const char c : name)
      joined += blanks.find(c) == blanks.npos ? std::string(1, c) : std::string(joint);
    if (sink.database().parameter(joined) != nullptr) return joined;
  }
  return {};
}

void report_torn_name(const MainProblem& problem, Sink& sink) {
  const std::string_view line = problem.line.text();
  const auto end = line.find_last_not_of(blanks, line.find('=') - 1) + 1;
  const Span name = head(problem.line, end);
  auto finding = sink.report(info).at(name);
  finding.message("the name in front of '=' holds white space", everybody_dies)
      .item(line.substr(0, end));
  const std::string joined = joined_name(line, sink);
  if (joined.empty()) return;
  finding.label("did you mean ", joined, "?");
  finding.fix(Fix::unsafe("write " + joined + "; the parameter is then set").replace(name, joined));
}

void report_line(const MainProblem& problem, Sink& sink) {
  const std::string_view line = problem.line.text();
  const std::string_view word = first_word(line);
  auto finding = sink.report(info).at(problem.span);
  finding.item(word);
  if (const std::string_view start = foreign_comment(line); !start.empty()) {
    finding.message("a comment starts with '#', not with ", start, everybody_dies)
        .fix(Fix::safe("make it a comment").replace(head(problem.line, start.size()), "#"));
    return;
  }
  finding.message("the line has no '='", everybody_dies);
  if (sink.database().parameter(word) != nullptr) finding.fix(with_equals(problem.line, word));
}

/// Before, Postfix takes a nameless line, and forgets it.
constexpr database::Version nameless_is_fatal{3, 7, 0};

void report(const MainProblem& problem, Sink& sink) {
  const std::string_view line = problem.line.text();
  if (is_conflict_marker(line)) {
    sink.report(info).at(problem.span).message("a merge was left unfinished here", everybody_dies);
  } else if (problem.kind == Kind::missing_name) {
    sink.report(info)
        .at(problem.span)
        .message("there is no name in front of '='", everybody_dies)
        .since(nameless_is_fatal);
  } else if (line.find('=') != std::string_view::npos && foreign_comment(line).empty()) {
    report_torn_name(problem, sink);
  } else {
    report_line(problem, sink);
  }
}

bool is_fatal(const MainProblem& problem, Sink& sink) {
  return problem.kind == Kind::missing_equals ||
         (problem.kind == Kind::missing_name && sink.version() >= nameless_is_fatal);
}

void check(const ConfigFile& file, Sink& sink) {
  if (file.main == nullptr) return;
  bool in_conflict = false;
  for (const MainProblem& problem : file.main->problems) {
    if (!is_fatal(problem, sink)) continue;
    const std::string_view line = problem.line.text();
    const bool marker = is_conflict_marker(line);
    if (!marker || !in_conflict) report(problem, sink);
    if (marker) in_conflict = !line.starts_with(">>>>>>>");
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::syntax::missing_equals
