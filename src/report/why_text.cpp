#include "src/report/display_text.hpp"
#include "src/report/place_text.hpp"
#include "src/report/style.hpp"
#include "src/report/why_report.hpp"

namespace postlint::report {
namespace {

class WhyTextWriter {
 public:
  WhyTextWriter(const text::SourceStore& sources, bool color) : sources_(sources), style_(color) {}

  std::string out;

  void group(const smtpd::RefusalGroup& group) {
    const std::string title = group.reply.empty() ? group.example : group.reply;
    if (group.lines.size() > 1) out += std::to_string(group.lines.size()) + " times: ";
    out += style_.bold(one_line(title)) + '\n';
    if (title != group.example) out += "  " + style_.dim(one_line(group.example)) + '\n';
    if (group.warning) out += "  warn_if_reject: nothing was refused\n";
    if (group.elsewhere) elsewhere(*group.elsewhere, !group.causes.empty());
    causes(group.causes);
    if (group.explained()) return;
    if (group.alike.empty() && group.possible.empty()) {
      out +=
          "  no service of this configuration answers so: the log is of another server or of an "
          "earlier configuration, or another program decided\n";
      return;
    }
    if (!group.alike.empty()) {
      out +=
          "  no service of this configuration answers exactly so (was it changed since?); with "
          "another code:\n";
      causes(group.alike);
    } else {
      out += "  these items can answer so, for which requests is not known:\n";
      causes(group.possible);
    }
  }

 private:
  void elsewhere(const smtpd::Elsewhere& where, bool more) {
    out += "  " +
           style_.yellow(where.foreign ? "not decided by this configuration"
                                       : "not decided by a restriction list") +
           ": " + one_line(where.what) + '\n';
    const std::string at = place_text(where.span, sources_);
    if (!where.parameter.empty())
      out += "  see " + where.parameter + (at.empty() ? "" : " (" + at + ')') + '\n';
    if (more) out += "  if that is this very server, under another name:\n";
  }

  void causes(const std::vector<smtpd::ExplainedCause>& causes) {
    const smtpd::Remedy* last = nullptr;
    for (const smtpd::ExplainedCause& explained : causes) {
      cause(explained.cause);
      if (last == nullptr || !same(*last, explained.remedy)) remedy(explained.remedy);
      last = &explained.remedy;
    }
  }

  static bool same(const smtpd::Remedy& a, const smtpd::Remedy& b) {
    if (a.needs != b.needs || a.fixes.size() != b.fixes.size()) return false;
    for (std::size_t i = 0; i < a.fixes.size(); ++i)
      if (a.fixes[i].what != b.fixes[i].what) return false;
    return true;
  }

  void cause(const smtpd::Cause& cause) {
    const smtpd::Decision& by = cause.decision;
    const std::string at = place_text(by.span, sources_);
    out += "  " + style_.red(cause.service) + ": " + one_line(by.restriction) + " in " + by.list +
           " (" + (at.empty() ? by.origin : at) + ")\n";
    if (!cause.why.empty()) out += "    " + one_line(cause.why) + '\n';
    if (by.table) {
      const std::string entry = place_text(by.table->span, sources_);
      out += "    entry " + one_line(by.table->key + ' ' + by.table->result) + " (" +
             (entry.empty() ? by.table->table : entry) + ")\n";
    }
    for (const smtpd::Step& step : cause.passed) {
      const std::string where = place_text(step.span, sources_);
      out += "    before it, " + one_line(step.restriction) +
             " did not help: " + one_line(step.why) + (where.empty() ? "" : " (" + where + ')') +
             '\n';
    }
    for (const std::string& assumption : cause.assumes)
      out += style_.dim("    = assuming: ") + one_line(assumption) + '\n';
  }

  void remedy(const smtpd::Remedy& remedy) {
    if (!remedy.needs.empty()) out += "    it passes if\n";
    for (std::size_t i = 0; i < remedy.needs.size(); ++i)
      out += std::string("      ") + (i == 0 ? "- " : "- or ") + one_line(remedy.needs[i]) + '\n';
    for (const auto& fix : remedy.fixes)
      out += style_.cyan("    = fix: ") + one_line(fix.what) +
             "\n      risk: " + one_line(fix.risk) + '\n';
    if (!remedy.never.empty()) out += style_.red("    = never: ") + one_line(remedy.never) + '\n';
  }

  const text::SourceStore& sources_;
  Style style_;
};

}  // namespace

std::string why_text(const std::vector<smtpd::RefusalGroup>& groups,
                     const text::SourceStore& sources, bool color) {
  WhyTextWriter writer(sources, color);
  for (const smtpd::RefusalGroup& group : groups) {
    if (!writer.out.empty()) writer.out += '\n';
    writer.group(group);
  }
  return writer.out;
}

}  // namespace postlint::report
