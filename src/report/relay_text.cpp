#include <algorithm>
#include <array>

#include "src/report/display_text.hpp"
#include "src/report/place_text.hpp"
#include "src/report/relay_report.hpp"
#include "src/report/style.hpp"
#include "src/smtpd/dialogue.hpp"

namespace postlint::report {
namespace {

using smtpd::ClientClass;
using smtpd::DestinationClass;
using smtpd::RelayAnalysis;
using smtpd::RelayVerdict;
using smtpd::RelayWitness;
using smtpd::Verdict;

class RelayTextWriter {
 public:
  RelayTextWriter(const text::SourceStore& sources, bool color)
      : sources_(sources), style_(color) {}

  std::string out;

  void service(const RelayAnalysis& analysis) {
    if (!out.empty()) out += '\n';
    const std::string place = place_text(analysis.span, sources_);
    out += style_.bold(one_line(analysis.service));
    if (!place.empty()) out += style_.dim("  " + place);
    out += '\n' + in_color(smtpd::relay_verdict_name(analysis.verdict), analysis.verdict) + ": " +
           std::string(relay_meaning(analysis.verdict)) + '\n';
    why(analysis);
    for (std::size_t i = 0; i < analysis.witnesses.size(); ++i)
      witness(analysis.witnesses[i], i + 1);
    destinations(analysis);
    for (const std::string& text : analysis.assumes) {
      const bool decides = analysis.verdict == RelayVerdict::depends;
      out += style_.dim(decides ? "  = depends on: " : "  = assuming: ") + one_line(text) + '\n';
    }
    trusted(analysis);
    matrix(analysis);
  }

 private:
  [[nodiscard]] std::string in_color(std::string_view text, RelayVerdict verdict) const {
    switch (verdict) {
      case RelayVerdict::closed:
        return style_.green(text);
      case RelayVerdict::open:
      case RelayVerdict::dead:
        return style_.red(text);
      default:
        return style_.yellow(text);
    }
  }
  [[nodiscard]] std::string in_color(std::string_view text, Verdict verdict) const {
    switch (verdict) {
      case Verdict::accept:
        return style_.green(text);
      case Verdict::reject:
      case Verdict::fatal:
        return style_.red(text);
      default:
        return style_.yellow(text);
    }
  }

  void why(const RelayAnalysis& analysis) {
    if (analysis.why.empty()) return;
    const std::string place = place_text(analysis.why_span, sources_);
    out += "  " + one_line(analysis.why);
    if (!place.empty()) out += " (" + place + ')';
    out += '\n';
  }

  void witness(const RelayWitness& w, std::size_t number) {
    out += "\n  " + std::to_string(number) + ". " + one_line(smtpd::dialogue_line(w.request)) +
           "  ->  " + one_line(w.reply) + '\n';
    for (const smtpd::Step& step : w.because) permit(step);
    if (w.because.empty()) out += "     because no restriction refuses it\n";
    if (w.discarded) out += "     the mail is accepted, and thrown away (DISCARD)\n";
    for (const std::string& text : w.assumes) out += "     if " + one_line(text) + '\n';
  }

  void permit(const smtpd::Step& step) {
    out += "     because of " + one_line(step.restriction);
    if (!step.list.empty()) out += " in " + one_line(step.list);
    const std::string place = place_text(step.span, sources_);
    if (!place.empty()) out += " (" + place + ')';
    out += ": " + one_line(step.why) + '\n';
    if (!step.table) return;
    const std::string entry = place_text(step.table->span, sources_);
    if (!entry.empty() && entry != place)
      out += "       entry " + one_line(step.table->key) + " (" + entry + ")\n";
  }

  void destinations(const RelayAnalysis& analysis) {
    if (analysis.destinations.empty()) return;
    constexpr std::size_t shown = 20;
    out += "\n  destinations\n";
    for (std::size_t i = 0; i < std::min(shown, analysis.destinations.size()); ++i) {
      const smtpd::LimitedDestination& d = analysis.destinations[i];
      const std::string place = place_text(d.entry ? d.entry->span : d.span, sources_);
      out += "    " + padded(one_line(d.destination), 32) + ' ' + place + '\n';
    }
    if (analysis.destinations.size() > shown)
      out += "    and " + std::to_string(analysis.destinations.size() - shown) + " more\n";
  }

  void trusted(const RelayAnalysis& analysis) {
    if (analysis.trusted.empty()) return;
    out += "\n  may relay\n";
    for (const smtpd::TrustedParty& party : analysis.trusted) {
      std::string line = "    " + padded(std::string(smtpd::trusted_kind_name(party.kind)), 12) +
                         padded(one_line(party.value), 28);
      std::string size;
      if (!party.size.empty()) size = party.size + (party.size == "1" ? " address" : " addresses");
      line += ' ' + padded(size, 22);
      const std::string place = place_text(party.span, sources_);
      line += ' ' + (place.empty() ? std::string("(default)") : place);
      if (!party.table.empty()) line += "  " + one_line(party.table);
      out += line + '\n';
      for (const std::string& text : party.assumes)
        out += "      depends on: " + one_line(text) + '\n';
    }
  }

  void matrix(const RelayAnalysis& analysis) {
    if (analysis.matrix.empty()) return;
    out += "\n  " + std::string(20, ' ');
    for (std::size_t d = 0; d < smtpd::destination_class_count; ++d)
      out +=
          padded(std::string(smtpd::destination_class_name(static_cast<DestinationClass>(d))), 16);
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
    for (std::size_t c = 0; c < smtpd::client_class_count; ++c)
      row(analysis, static_cast<ClientClass>(c));
  }

  void row(const RelayAnalysis& analysis, ClientClass client) {
    std::string line;
    bool any = false;
    for (std::size_t d = 0; d < smtpd::destination_class_count; ++d) {
      const auto cell = std::find_if(analysis.matrix.begin(), analysis.matrix.end(), [&](auto& m) {
        return m.client == client && m.destination == static_cast<DestinationClass>(d);
      });
      if (cell == analysis.matrix.end()) {
        line += padded("-", 16);
        continue;
      }
      any = true;
      std::string text(smtpd::verdict_name(cell->verdict));
      if (!cell->reply.empty()) text += ' ' + cell->reply.substr(0, 3);
      const std::size_t width = text.size();
      line += in_color(text, cell->verdict) + std::string(width < 16 ? 16 - width : 1, ' ');
    }
    if (!any) return;
    while (line.ends_with(' ')) line.pop_back();
    out += "  " + padded(std::string(smtpd::client_class_name(client)), 20) + line + '\n';
  }

  const text::SourceStore& sources_;
  Style style_;
};

}  // namespace

std::string_view relay_meaning(RelayVerdict verdict) {
  switch (verdict) {
    case RelayVerdict::closed:
      return "no stranger can relay mail through this service";
    case RelayVerdict::limited:
      return "strangers can relay mail to what the configuration itself names";
    case RelayVerdict::open:
      return "a stranger can relay mail to any destination";
    case RelayVerdict::depends:
      return "whether strangers can relay mail is not told by the files at hand";
    default:
      return "smtpd dies";
  }
}

std::string relay_text(const std::vector<smtpd::RelayAnalysis>& services,
                       const text::SourceStore& sources, bool color) {
  RelayTextWriter writer(sources, color);
  for (const RelayAnalysis& analysis : services) writer.service(analysis);
  return writer.out;
}

}  // namespace postlint::report
