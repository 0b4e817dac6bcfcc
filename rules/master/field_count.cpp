#include <algorithm>
#include <string>

#include "grammar/master_line.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::master::field_count {

constexpr RuleInfo info{.id = "master/field-count",
                        .title = "a master.cf entry lacks fields, or has a bad one",
                        .severity = Severity::error,
                        .needs_master = true};

using model::Field;
using Kind = model::MasterProblem::Kind;

constexpr std::string_view no_start = ": Postfix does not start";

/// Looks the bad value of a numeric field like the command that belongs further right?
bool is_shifted(const model::MasterProblem& problem, std::string_view value) {
  const bool numeric = problem.field == Field::wakeup || problem.field == Field::process_limit;
  return numeric && value.size() > 1 && std::all_of(value.begin(), value.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '/';
         });
}

/// What master(8) takes for a number, and postconf(1) does not: 60s.
bool only_postconf_minds(const model::MasterProblem& problem, std::string_view value) {
  const bool numeric = problem.field == Field::wakeup || problem.field == Field::process_limit;
  return numeric && !value.empty() && value.front() >= '0' && value.front() <= '9';
}

/// A -o line that starts in column 1 is an entry whose service is "-o"; so are attributes of
/// pipe(8) and spawn(8).
bool is_lost_argument(std::string_view line) {
  constexpr std::string_view attributes[] = {"flags=", "user=", "argv=", "directory="};
  if (line.starts_with("-o")) return line.find('=') != std::string_view::npos;
  return std::any_of(std::begin(attributes), std::end(attributes),
                     [&](std::string_view attribute) { return line.starts_with(attribute); });
}

void report_lost_argument(const ConfigFile& file, Span span, Sink& sink) {
  auto finding = sink.report(info).at(span);
  const bool option = sink.text(span).starts_with("-o");
  finding.message(option ? "this -o option starts in column 1, so that it is an entry by itself"
                         : "these arguments start in column 1, so that they are an entry",
                  " and not part of the service above", no_start);
  if (span.lo == 0 || file.master->entries.empty()) return;
  finding.fix(Fix::unsafe("indent the line: it then belongs to the service above")
                  .insert_before(span, "  "));
}

void report_missing(const ConfigFile& file, const model::MasterProblem& problem, Sink& sink) {
  const std::string_view line = sink.text(problem.span);
  if (is_lost_argument(line)) return report_lost_argument(file, problem.span, sink);
  const auto fields = grammar::parse_master_line(line).fields.size();
  sink.report(info)
      .at(problem.span)
      .message("the entry has ", std::to_string(fields), " of the 8 fields (", problem.detail, ")",
               no_start)
      .item(line.substr(0, line.find_first_of(" \t\r\n")));
}

constexpr std::string_view allowed(Field field) {
  switch (field) {
    case Field::type:
      return "inet, unix, unix-dgram, fifo or pass";
    case Field::private_:
    case Field::unprivileged:
    case Field::chroot:
      return "y, n or -";
    case Field::wakeup:
      return "seconds, with or without a final ?, or -";
    case Field::process_limit:
      return "a number or -";
    case Field::command:
    case Field::service:
      break;
  }
  return "the name of a program";
}

constexpr std::string_view title_of(Field field) {
  constexpr std::string_view titles[] = {"service", "type",        "private", "unprivileged",
                                         "chroot",  "wakeup time", "maxproc", "command"};
  return titles[static_cast<std::size_t>(field)];
}

/// False where the rest of the entry is not worth a look: its fields have moved, or it is none.
bool report_bad_field(const model::MasterProblem& problem, const model::MasterEntry& entry,
                      Sink& sink) {
  const std::string_view value = entry.field(problem.field);
  auto finding = sink.report(info).at(problem.span);
  finding.item(value).service({&entry, nullptr});
  if (is_shifted(problem, value)) {
    finding.message("a field is missing before the command: ", value, " stands where the ",
                    title_of(problem.field), " is expected", no_start);
    return false;
  }
  const bool starts = only_postconf_minds(problem, value);
  if (starts) finding.severity(Severity::warning);
  finding.message("the field ", title_of(problem.field), " is \"", value, "\" and not ",
                  allowed(problem.field),
                  starts ? ": postconf(1) gives up on master.cf" : no_start);
  return problem.field != Field::type;
}

void report_braces(const model::MasterProblem& problem, Sink& sink) {
  sink.report(info)
      .at(problem.span)
      .message("an argument has ",
               problem.kind == Kind::unbalanced_braces ? "no closing brace" : "text after its '}'",
               no_start);
}

void check(const ConfigFile& file, Sink& sink) {
  if (file.master == nullptr) return;
  std::optional<std::size_t> done;  // an entry of which enough is said
  for (const model::MasterProblem& problem : file.master->problems) {
    if (problem.entry && problem.entry == done) continue;
    if (problem.kind == Kind::leading_white_space) {
      sink.report(info)
          .at(problem.span)
          .message("nothing stands above this indented line that it could continue: Postfix ",
                   "ignores it with a warning")
          .severity(Severity::warning);
    } else if (problem.kind == Kind::field_count) {
      report_missing(file, problem, sink);
    } else if (problem.kind == Kind::bad_field) {
      const model::MasterEntry& entry = file.master->entries[*problem.entry];
      if (is_lost_argument(entry.line.text())) {
        report_lost_argument(file, entry.line.span(), sink);
        done = problem.entry;
      } else if (!report_bad_field(problem, entry, sink)) {
        done = problem.entry;
      }
    } else if (problem.kind == Kind::unbalanced_braces || problem.kind == Kind::text_after_brace) {
      report_braces(problem, sink);
    }
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::master::field_count
