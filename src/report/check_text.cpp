#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "src/report/check_report.hpp"
#include "src/report/display_text.hpp"
#include "src/report/snippet.hpp"

namespace postlint::report {

namespace {

using engine::Finding;

std::string_view headline_word(const Finding& finding) {
  return finding.counts() ? engine::name_of(finding.severity) : "note";
}

std::string colored_word(const Finding& finding, const Style& style) {
  const std::string_view word = headline_word(finding);
  if (!finding.counts()) return style.cyan(word);
  if (finding.severity == engine::Severity::error) return style.red(word);
  if (finding.severity == engine::Severity::warning) return style.yellow(word);
  return style.cyan(word);
}

std::vector<Mark> marks_of(const Finding& finding) {
  std::vector<Mark> marks{{finding.span, finding.label, true}};
  for (const engine::Related& related : finding.related) {
    marks.push_back({related.span, related.label, false});
  }
  return marks;
}

std::string shown_place(const text::Span& span, const text::SourceStore& sources) {
  const text::SourceFile& file = sources[span.file];
  return one_line(file.path()) + ":" + std::to_string(file.line_column(span.lo).line);
}

/// "default 3.7 -> main.cf:12 -> master.cf:40 -o"
std::string origin_step_text(const engine::OriginStep& step, const model::Workspace& workspace) {
  using Kind = model::Origin::Kind;
  switch (step.kind) {
    case Kind::compiled_default:
      return "default " + database::branch_text(workspace.database().version());
    case Kind::main_cf:
      return shown_place(step.span, workspace.sources());
    case Kind::service_override:
      return shown_place(step.span, workspace.sources()) + " -o";
    case Kind::environment:
      return "environment";
  }
  return {};
}

std::string origins_text(const Finding& finding, const model::Workspace& workspace) {
  std::string text;
  std::string_view parameter;
  for (const engine::OriginStep& step : finding.origins) {
    if (step.parameter == parameter) {
      text += " -> ";
    } else {
      text += (text.empty() ? "" : "; ") + step.parameter + ": ";
    }
    parameter = step.parameter;
    text += origin_step_text(step, workspace);
  }
  return text;
}

/// A history is worth a line where a later place changes an earlier one.
bool has_history(const Finding& finding) {
  for (const engine::OriginStep& step : finding.origins) {
    if (step.kind == model::Origin::Kind::service_override) return true;
  }
  return false;
}

std::string fix_text(const engine::Fix& fix) {
  std::string text = fix.applicability() == engine::Applicability::unsafe    ? "fix (unsafe): "
                     : fix.applicability() == engine::Applicability::display ? "advice: "
                                                                             : "fix: ";
  text += fix.title();
  for (const std::string& command : fix.commands()) text += "  |  " + command;
  return text;
}

std::vector<std::string> remarks(const Finding& finding, const model::Workspace& workspace) {
  std::vector<std::string> lines;
  if (!finding.service.empty()) {
    std::string services = "service: " + finding.service;
    for (const std::string& other : finding.also_services) services += ", " + other;
    lines.push_back(services);
  }
  if (has_history(finding)) lines.push_back("value: " + origins_text(finding, workspace));
  if (finding.since)
    lines.push_back("note: holds from Postfix " + database::branch_text(*finding.since) + " on");
  for (const std::string& note : finding.notes) lines.push_back("note: " + note);
  for (const std::string& assumed : finding.assumes) lines.push_back("assumed: " + assumed);
  if (finding.witness) {
    lines.push_back("witness: " + finding.witness->dialogue + "  ->  " + finding.witness->reply);
    for (const std::string& step : finding.witness->steps) lines.push_back("trace: " + step);
  }
  return lines;
}

void add_finding(const Finding& finding, const model::Workspace& workspace, const Style& style,
                 std::string& out) {
  out += colored_word(finding, style) + style.bold(": " + one_line(finding.message)) + " [" +
         std::string(finding.rule->id) + "]\n";
  const Snippet snippet = render_snippet(marks_of(finding), workspace.sources(), style);
  out += snippet.text;
  const std::string margin(snippet.gutter + 1, ' ');
  for (const std::string& line : remarks(finding, workspace)) {
    out += margin + style.dim("=") + " " + one_line(line) + "\n";
  }
  for (const engine::Fix& fix : finding.fixes) {
    out += margin + style.dim("=") + " " + one_line(fix_text(fix)) + "\n";
  }
  out +=
      margin + style.dim("=") + " help: postlint explain " + std::string(finding.rule->id) + "\n\n";
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

std::string check_text(const CheckedConfiguration& checked, const Style& style) {
  std::string out;
  for (const Finding& finding : checked.result.findings) {
    add_finding(finding, checked.workspace, style, out);
  }
  return out;
}

std::string check_gcc(const CheckedConfiguration& checked) {
  std::string out;
  for (const Finding& finding : checked.result.findings) {
    const text::SourceFile& file = checked.workspace.sources()[finding.span.file];
    const text::LineColumn at = file.line_column(finding.span.lo);
    // gcc knows no "info" and "style": editors take both as notes.
    const bool loud = finding.counts() && finding.severity <= engine::Severity::warning;
    out += one_line(file.path()) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
           ": " + std::string(loud ? engine::name_of(finding.severity) : "note") + ": " +
           one_line(finding.message) + " [" + std::string(finding.rule->id) + "]\n";
  }
  return out;
}

namespace {

/// The tables of which a finding says that they are missing.
std::unordered_set<std::string_view> reported_missing(const CheckedConfiguration& checked) {
  std::unordered_set<std::string_view> tables;
  for (const engine::Finding& finding : checked.result.findings)
    if (finding.rule->id == "tables/missing-source") tables.insert(finding.item);
  return tables;
}

}  // namespace

std::string coverage_text(const CheckedConfiguration& checked) {
  std::string out;
  bool place_unknown = false;
  const std::string where = one_line(checked.workspace.directory());
  if (!checked.result.has_master) {
    out += where + ": no master.cf; one service smtp/inet is assumed, rules on master.cf are off\n";
  }
  const auto reported = reported_missing(checked);
  for (const engine::TableCoverage& table : checked.result.tables) {
    using Status = engine::TableCoverage::Status;
    if (table.status == Status::read) continue;
    if (table.status == Status::missing && reported.contains(table.table)) continue;
    place_unknown = place_unknown || table.place_unknown;
    out += where + ": not analysed: " + one_line(table.table) + " (" +
           std::string(engine::name_of(table.status)) + ")\n";
  }
  if (place_unknown) {
    out += where + ": --root DIR or --map FROM=TO says where the missing files of the server are\n";
  }
  return out;
}

std::string summary_text(const CheckSummary& summary, const Style& style) {
  constexpr std::array<engine::Severity, 4> severities{
      engine::Severity::error, engine::Severity::warning, engine::Severity::info,
      engine::Severity::style};
  std::string counts;
  for (const engine::Severity severity : severities) {
    const std::size_t count = summary.tally.of(severity);
    if (count == 0) continue;
    const bool plural = severity <= engine::Severity::warning;
    const std::string_view name = engine::name_of(severity);
    counts += (counts.empty() ? "" : ", ") +
              (plural ? counted(count, name) : std::to_string(count) + " " + std::string(name));
  }
  if (summary.tally.notes != 0) {
    counts += (counts.empty() ? "" : ", ") + counted(summary.tally.notes, "note");
  }
  std::string out = counts.empty() ? style.green("no findings") : style.bold(counts);
  if (summary.suppressed != 0) out += " (" + std::to_string(summary.suppressed) + " suppressed)";
  if (summary.baselined != 0) {
    out += " (" + std::to_string(summary.baselined) + " known from the baseline)";
  }
  out += " in " + counted(summary.configurations, "configuration") + "; Postfix " +
         database::branch_text(summary.version);
  if (summary.version_assumed) out += " assumed (--postfix-version)";
  return out + "\n";
}

}  // namespace postlint::report
