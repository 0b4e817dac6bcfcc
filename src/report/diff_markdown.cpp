#include <algorithm>

#include "src/report/diff_lines.hpp"
#include "src/report/diff_report.hpp"
#include "src/report/display_text.hpp"
#include "src/smtpd/dialogue.hpp"

namespace postlint::report {

namespace {

using smtpd::AccessChange;
using smtpd::Direction;

/// Text as it is, whatever it holds: a code span between enough back-quotes.
std::string code_span(const std::string& raw) {
  const std::string text = one_line(raw);
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string quotes(longest + 1, '`');
  const bool pad = text.empty() || text.starts_with('`') || text.ends_with('`');
  return pad ? quotes + ' ' + text + ' ' + quotes : quotes + text + quotes;
}

/// Plain text: characters that Markdown or HTML would read are escaped.
std::string plain(const std::string& raw) {
  std::string out;
  for (const char c : one_line(raw)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_{}[]()#+!|~@").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

class MarkdownWriter {
 public:
  explicit MarkdownWriter(const DiffReport& report) : report_(report) {}

  std::string run() {
    out_ = "### postlint: " + code_span(report_.before_name) + " → " +
           code_span(report_.after_name) + "\n\n";
    out_ += summary() + "\n";
    access();
    services();
    values();
    findings();
    return std::move(out_);
  }

 private:
  std::string summary() const {
    if (report_.empty()) return "Nothing changes.";
    const bool wider = report_.any(Direction::wider);
    const bool narrower = report_.any(Direction::narrower);
    if (wider && narrower) return "**Access gets wider, and elsewhere narrower.**";
    if (wider) return "**Access gets wider.**";
    return narrower ? "Access gets narrower." : "No access decision that was looked at changes.";
  }

  void heading(const std::string& text) { out_ += "\n#### " + text + "\n\n"; }

  static std::string_view word(Direction direction) {
    return direction == Direction::wider      ? "**wider**"
           : direction == Direction::narrower ? "narrower"
                                              : "changed";
  }

  void access() {
    for (const smtpd::AccessDiff& diff : report_.access) {
      if (diff.verdicts.empty() && diff.changes.empty()) continue;
      heading("Access through " + code_span(diff.verdicts.empty() ? diff.changes.front().service
                                                                  : diff.verdicts.front().service));
      for (const smtpd::VerdictChange& change : diff.verdicts)
        out_ += "- " + std::string(word(change.direction)) + ": relay verdict " +
                verdict_line(change) + "\n";
      for (const AccessChange& change : diff.changes) show(change);
    }
  }

  void show(const AccessChange& change) {
    out_ += "- " + std::string(word(change.direction)) + ": " + plain(access_line(change)) +
            "\n  - " + code_span(smtpd::dialogue_line(change.request)) + "\n";
    side("old", report_.before, change.before);
    side("new", report_.after, change.after);
  }

  void side(const char* name, const model::Workspace& workspace,
            const std::optional<smtpd::Trace>& trace) {
    if (!trace) return;
    const std::string reply =
        trace->reply.empty() ? std::string(smtpd::verdict_name(trace->verdict)) : trace->reply;
    out_ += std::string("  - ") + name + ": " + code_span(reply) + " by " +
            code_span(decision_text(workspace, *trace)) + "\n";
  }

  void services() {
    if (report_.config.services.empty()) return;
    heading("Services");
    for (const engine::ServiceChange& change : report_.config.services) {
      out_ += "- " + code_span(change.service) + ": " +
              (change.before == nullptr  ? "new"
               : change.after == nullptr ? "gone"
                                         : "changed") +
              "\n";
      for (const engine::FieldChange& field : change.fields)
        out_ += "  - " + field.field + ": " + code_span(field.before) + " → " +
                code_span(field.after) + "\n";
    }
  }

  void values() {
    if (report_.config.values.empty()) return;
    heading("Values");
    std::string derived;
    for (const engine::ValueChange& change : report_.config.values) {
      if (change.derived)
        derived += (derived.empty() ? "" : ", ") + code_span(change.parameter);
      else
        value(change);
    }
    if (!derived.empty()) out_ += "- and through them: " + derived + "\n";
  }

  void value(const engine::ValueChange& change) {
    const std::string services = services_text(change);
    out_ += "- " + code_span(change.parameter) +
            (services.empty() ? "" : " in " + code_span(services)) + "\n";
    if (change.items)
      for (const std::string& line : item_lines(*change.items)) {
        const std::size_t colon = line.find(": ");
        out_ += "  - " + line.substr(0, colon + 2) + code_span(line.substr(colon + 2)) + "\n";
      }
    for (const auto& [name, setting, workspace] :
         {std::tuple("old", change.before, &report_.before),
          std::tuple("new", change.after, &report_.after)}) {
      const std::string origin = origin_text(*workspace, setting);
      out_ += std::string("  - ") + name + ": " +
              (change.items ? std::string() : code_span(value_text(setting)) + ' ') +
              (origin.empty() ? "" : plain(origin)) + "\n";
    }
  }

  void findings() {
    if (report_.appeared.empty() && report_.gone.empty()) return;
    heading("Findings");
    for (const auto& change : report_.appeared) finding("new", report_.after, *change.finding);
    for (const auto& change : report_.gone) finding("gone", report_.before, *change.finding);
  }

  void finding(const char* word, const model::Workspace& workspace,
               const engine::Finding& finding) {
    out_ += std::string("- ") + word + ": " +
            std::string(finding.counts() ? engine::name_of(finding.severity) : "note") + " at " +
            code_span(place_text(workspace, finding.span)) + ": " + plain(finding.message) + " (" +
            code_span(std::string(finding.rule->id)) + ")\n";
  }

  const DiffReport& report_;
  std::string out_;
};

}  // namespace

std::string diff_markdown(const DiffReport& report) { return MarkdownWriter(report).run(); }

}  // namespace postlint::report
