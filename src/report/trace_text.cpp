#include <algorithm>

#include "src/report/display_text.hpp"
#include "src/report/style.hpp"
#include "src/report/trace_report.hpp"
#include "src/smtpd/dialogue.hpp"

namespace postlint::report {
namespace {

using smtpd::Stage;
using smtpd::Step;
using smtpd::Verdict;

std::string place_with_column(text::Span span, const text::SourceStore& sources) {
  if (!span.in_file()) return {};
  const text::SourceFile& file = sources[span.file];
  const text::LineColumn at = file.line_column(span.lo);
  return file.path() + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::string in_color(const Style& style, std::string_view text, Verdict verdict) {
  switch (verdict) {
    case Verdict::accept:
      return style.green(text);
    case Verdict::reject:
    case Verdict::fatal:
      return style.red(text);
    default:
      return style.yellow(text);
  }
}

std::string in_color(const Style& style, std::string_view text, Step::Result result) {
  switch (result) {
    case Step::Result::permit:
      return style.green(text);
    case Step::Result::reject:
    case Step::Result::error:
      return style.red(text);
    case Step::Result::dunno:
      return std::string(text);
    default:
      return style.yellow(text);
  }
}

class TraceTextWriter {
 public:
  TraceTextWriter(const text::SourceStore& sources, bool color)
      : sources_(sources), style_(color) {}

  std::string out;

  void dialogue(const smtpd::Request& request, const smtpd::Trace& trace) {
    for (const smtpd::Exchange& each : smtpd::dialogue_of(request, trace))
      exchange(each.command, each.reply);
  }

  void steps(const smtpd::Request& request, const smtpd::Trace& trace) {
    const Step* last = nullptr;
    for (const Step& step : trace.steps) {
      if (last == nullptr || last->stage != step.stage || last->recipient != step.recipient) {
        const bool recipient = step.stage == Stage::rcpt && step.recipient < request.to.size();
        out += '\n' +
               style_.bold(recipient ? smtpd::recipient_command(request.to[step.recipient])
                                     : smtpd::command_text(request, step.stage)) +
               '\n';
        last = nullptr;
      }
      if (step.depth == 0 && (last == nullptr || top_list_ != step.list)) list(step.list);
      item(step);
      last = &step;
    }
  }

  void conclusion(const smtpd::Trace& trace) {
    out += '\n' + in_color(style_, smtpd::verdict_name(trace.verdict), trace.verdict);
    if (!trace.reply.empty()) out += ": " + display(trace.reply);
    if (!trace.fatal.empty()) out += ": " + display(trace.fatal);
    out += '\n';
    if (trace.decided_by) decision(*trace.decided_by);
    const bool open = trace.verdict == Verdict::depends;
    for (const std::string& assumption : trace.assumes)
      out += style_.dim(open ? "  = depends on: " : "  = assuming: ") + display(assumption) + '\n';
    for (const smtpd::Outcome& outcome : trace.outcomes) possible(outcome);
  }

 private:
  void exchange(const std::string& command, const std::string& reply) {
    out += "C: " + display(command) + '\n';
    out += "S: " + (reply.empty() ? std::string("(no reply)") : display(reply)) + '\n';
  }

  void list(const std::string& name) {
    top_list_ = name;
    if (!name.empty()) out += "  " + display(name) + '\n';
  }

  std::string why_place(const Step& step) const {
    const std::string place = place_with_column(step.why_span, sources_);
    return place.empty() ? place : " (" + place + ')';
  }

  void item(const Step& step) {
    const std::string indent(4 + 2 * static_cast<std::size_t>(step.depth), ' ');
    out += indent + in_color(style_, padded(smtpd::result_name(step.result), 7), step.result) +
           display(step.restriction);
    const std::string place = place_with_column(step.span, sources_);
    if (!place.empty()) out += style_.dim("  " + place);
    out += '\n';
    if (!step.why.empty()) out += indent + "       " + display(step.why) + why_place(step) + '\n';
    if (!step.table) return;
    const std::string entry = place_with_column(step.table->span, sources_);
    if (!entry.empty()) out += indent + "       " + style_.dim(entry) + '\n';
  }

  void decision(const smtpd::Decision& decision) {
    if (decision.restriction.empty() && decision.list.empty()) {
      out += style_.dim("  --> ") + place_with_column(decision.span, sources_) + '\n';
      return;
    }
    out += style_.dim("  = decided by: ") + display(decision.restriction);
    if (!decision.list.empty()) out += " in " + display(decision.list);
    const std::string place = place_with_column(decision.span, sources_);
    const std::string where = place.empty() ? decision.origin : place;
    if (!where.empty()) out += " (" + where + ')';
    out += '\n';
    if (!decision.table) return;
    const std::string entry = place_with_column(decision.table->span, sources_);
    out += style_.dim("  = entry: ") + display(decision.table->key) + ' ' +
           display(decision.table->result) + " (" +
           (entry.empty() ? decision.table->table : entry) + ")\n";
  }

  void possible(const smtpd::Outcome& outcome) {
    out += "  " + in_color(style_, smtpd::verdict_name(outcome.verdict), outcome.verdict);
    if (!outcome.reply.empty()) out += ": " + display(outcome.reply);
    out += '\n';
    for (const std::string& assumption : outcome.assumes)
      out += "    if " + display(assumption) + '\n';
  }

  static std::string display(std::string_view text) { return one_line(text); }

  const text::SourceStore& sources_;
  Style style_;
  std::string top_list_;
};

}  // namespace

std::string trace_text(const std::string& service, const smtpd::Request& request,
                       const smtpd::Trace& trace, const text::SourceStore& sources, bool color) {
  TraceTextWriter writer(sources, color);
  writer.out += Style(color).bold(service) + '\n';
  writer.dialogue(request, trace);
  writer.steps(request, trace);
  writer.conclusion(trace);
  return writer.out;
}

}  // namespace postlint::report
