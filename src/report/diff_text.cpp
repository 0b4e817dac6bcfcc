#include <algorithm>

#include "src/report/diff_lines.hpp"
#include "src/report/diff_report.hpp"
#include "src/report/display_text.hpp"
#include "src/report/style.hpp"
#include "src/smtpd/dialogue.hpp"

namespace postlint::report {

namespace {

using smtpd::AccessChange;
using smtpd::Direction;

class DiffTextWriter {
 public:
  DiffTextWriter(const DiffReport& report, bool color) : report_(report), style_(color) {}

  std::string run() {
    access();
    services();
    values();
    findings();
    return std::move(out_);
  }

 private:
  void heading(const std::string& text) {
    if (!out_.empty()) out_ += '\n';
    out_ += style_.bold(text) + '\n';
  }

  std::string in_color(Direction direction, std::string_view text) const {
    if (direction == Direction::wider) return style_.red(text);
    return direction == Direction::narrower ? style_.green(text) : style_.yellow(text);
  }

  static std::string_view word(Direction direction) {
    return direction == Direction::other ? "changed" : smtpd::direction_name(direction);
  }

  void access() {
    for (const smtpd::AccessDiff& diff : report_.access) {
      if (diff.verdicts.empty() && diff.changes.empty()) continue;
      const std::string& service =
          diff.verdicts.empty() ? diff.changes.front().service : diff.verdicts.front().service;
      heading("access through " + one_line(service));
      for (const smtpd::VerdictChange& change : diff.verdicts) {
        out_ += "  " + in_color(change.direction, word(change.direction)) + ": relay verdict " +
                verdict_line(change) + '\n';
      }
      for (const AccessChange& change : diff.changes) show(change);
    }
  }

  void show(const AccessChange& change) {
    out_ += "  " + in_color(change.direction, word(change.direction)) + ": " + access_line(change) +
            '\n';
    out_ += "    " + one_line(smtpd::dialogue_line(change.request)) + '\n';
    side("old", report_.before, change.before);
    side("new", report_.after, change.after);
  }

  void side(const char* name, const model::Workspace& workspace,
            const std::optional<smtpd::Trace>& trace) {
    if (!trace) return;
    out_ += std::string("    ") + name + ": ";
    out_ += trace->reply.empty() ? std::string(smtpd::verdict_name(trace->verdict))
                                 : one_line(trace->reply);
    const std::string text = decision_text(workspace, *trace);
    if (!text.empty()) out_ += style_.dim("  by ") + text;
    out_ += '\n';
    if (trace->verdict != smtpd::Verdict::depends) return;
    for (const std::string& fact : trace->assumes) out_ += "         on " + one_line(fact) + '\n';
  }

  void services() {
    if (report_.config.services.empty()) return;
    heading("services");
    for (const engine::ServiceChange& change : report_.config.services) {
      out_ += "  " + one_line(change.service) + ": ";
      if (change.before == nullptr) {
        out_ += "new" + at(report_.after, *change.after) + '\n';
      } else if (change.after == nullptr) {
        out_ += "gone" + at(report_.before, *change.before) + '\n';
      } else {
        out_ += "changed" + at(report_.before, *change.before) + " ->" +
                at(report_.after, *change.after) + '\n';
      }
      for (const engine::FieldChange& field : change.fields)
        out_ += "    " + field.field + ": " + one_line(field.before) + " -> " +
                one_line(field.after) + '\n';
    }
  }

  static std::string at(const model::Workspace& workspace, const model::Service& service) {
    if (service.entry == nullptr) return {};
    return " " + place_text(workspace, service.entry->line.span());
  }

  void values() {
    if (report_.config.values.empty()) return;
    heading("values");
    std::vector<std::string> derived;
    for (const engine::ValueChange& change : report_.config.values) {
      if (change.derived) {
        if (std::find(derived.begin(), derived.end(), change.parameter) == derived.end())
          derived.push_back(change.parameter);
      } else {
        value(change);
      }
    }
    std::string names;
    for (const std::string& name : derived) names += (names.empty() ? "" : ", ") + name;
    if (!derived.empty()) out_ += "  and through them: " + names + '\n';
  }

  void value(const engine::ValueChange& change) {
    const std::string services = services_text(change);
    out_ += "  " + one_line(change.parameter) +
            (services.empty() ? "" : style_.dim("  in " + services)) + '\n';
    if (change.items) {
      for (const std::string& line : item_lines(*change.items)) out_ += "    " + line + '\n';
      out_ += "    old: " + origin_text(report_.before, change.before) + '\n';
      out_ += "    new: " + origin_text(report_.after, change.after) + '\n';
      return;
    }
    side_value("old", report_.before, change.before);
    side_value("new", report_.after, change.after);
  }

  void side_value(const char* name, const model::Workspace& workspace,
                  const model::Setting* setting) {
    const std::string origin = origin_text(workspace, setting);
    out_ += std::string("    ") + name + ": " + value_text(setting) +
            (origin.empty() ? "" : style_.dim("  " + origin)) + '\n';
  }

  void findings() {
    if (report_.appeared.empty() && report_.gone.empty()) return;
    heading("findings");
    for (const engine::FindingChange& change : report_.appeared)
      finding("new", report_.after, *change.finding);
    for (const engine::FindingChange& change : report_.gone)
      finding("gone", report_.before, *change.finding);
  }

  void finding(const char* word, const model::Workspace& workspace,
               const engine::Finding& finding) {
    out_ += std::string("  ") + word + ": " + place_text(workspace, finding.span) + ": " +
            std::string(finding.counts() ? engine::name_of(finding.severity) : "note") + ": " +
            one_line(finding.message) + " [" + std::string(finding.rule->id) + "]\n";
  }

  const DiffReport& report_;
  Style style_;
  std::string out_;
};

}  // namespace

std::string diff_text(const DiffReport& report, bool color) {
  return DiffTextWriter(report, color).run();
}

}  // namespace postlint::report
