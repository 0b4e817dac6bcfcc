#include <algorithm>
#include <array>

#include "src/report/display_text.hpp"
#include "src/report/relay_report.hpp"

namespace postlint::report {
namespace {

using smtpd::ClientClass;
using smtpd::DestinationClass;
using smtpd::MatrixCell;
using smtpd::RelayAnalysis;
using smtpd::RelayVerdict;
using smtpd::RelayWitness;
using smtpd::Verdict;

constexpr std::string_view style_sheet = R"(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c2024; --soft: #5b6470; --line: #d5dae1; --code: #eef1f5;
  --good: #10602f; --good-back: #d9f2e1; --bad: #9a1420; --bad-back: #fbdcdf;
  --odd: #714800; --odd-back: #fcebc5; --calm: #3d4753; --calm-back: #e8ecf1; --client: #14528f; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --card: #1d2127; --text: #e4e8ee; --soft: #a0aab7; --line: #39414c; --code: #14171b;
  --good: #8fe0ab; --good-back: #143d24; --bad: #ffa8ae; --bad-back: #55171d;
  --odd: #f5ce7c; --odd-back: #4a3605; --calm: #bcc6d2; --calm-back: #2b323b; --client: #8cc2f7; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; } p { margin: .4rem 0; }
code, pre { font: .87em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 1.25rem 0;
  padding: 1.1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem .8rem; }
.badge { border-radius: .3rem; padding: .1rem .55rem; font-weight: 600; }
.good { color: var(--good); background: var(--good-back); } .bad { color: var(--bad); background: var(--bad-back); }
.odd { color: var(--odd); background: var(--odd-back); } .calm { color: var(--calm); background: var(--calm-back); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 60%; } caption { text-align: left; color: var(--soft); padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td code { overflow-wrap: normal; } th { font-weight: 600; } .matrix td { text-align: center; white-space: nowrap; } td.number { text-align: right; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0;
  padding: .6rem .8rem; white-space: pre-wrap; }
.c { color: var(--client); } .last { font-weight: 700; }
ol { padding-left: 1.3rem; } ul { margin: .4rem 0; padding-left: 1.3rem; } li { margin: .3rem 0; }
summary { cursor: pointer; } details { margin: .6rem 0; }
@media print { section { break-inside: avoid; } body { background: none; } }
)";

std::string escaped(std::string_view raw) {
  std::string out;
  for (const char c : one_line(raw)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string code_element(std::string_view raw) { return "<code>" + escaped(raw) + "</code>"; }

std::string_view tone_of(RelayVerdict verdict) {
  switch (verdict) {
    case RelayVerdict::closed:
      return "good";
    case RelayVerdict::open:
    case RelayVerdict::dead:
      return "bad";
    default:
      return "odd";
  }
}

/// Acceptance is bad where a stranger reaches what is foreign, and refusal is good there.
std::string_view tone_of(const MatrixCell& cell) {
  const bool relaying =
      cell.client == ClientClass::stranger && cell.destination == DestinationClass::foreign;
  switch (cell.verdict) {
    case Verdict::accept:
      return relaying ? "bad" : "good";
    case Verdict::reject:
    case Verdict::defer:
      return relaying ? "good" : "calm";
    case Verdict::fatal:
      return "bad";
    default:
      return "odd";
  }
}

class Page {
 public:
  explicit Page(const text::SourceStore& sources) : sources_(sources) {}

  std::string out;

  void head(const std::string& directory, const std::string& version) {
    out +=
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">\n<title>Who may relay: " +
        escaped(directory) + "</title>\n<style>" + std::string(style_sheet) +
        "</style>\n</head>\n<body>\n<main>\n<h1>Who may send mail through " +
        code_element(directory) + "</h1>\n<p class=\"soft\">postlint relay, Postfix " +
        escaped(version) + "</p>\n";
  }

  void overview(const std::vector<RelayAnalysis>& services) {
    if (services.empty()) out += "<p>The configuration has no smtpd service.</p>\n";
    if (services.size() < 2) return;
    out += "<ul>\n";
    for (std::size_t i = 0; i < services.size(); ++i)
      out += "<li><a href=\"#service-" + std::to_string(i + 1) + "\">" +
             escaped(services[i].service) + "</a> " + badge(services[i]) + "</li>\n";
    out += "</ul>\n";
  }

  void service(const RelayAnalysis& analysis, std::size_t number) {
    out += "<section id=\"service-" + std::to_string(number) + "\">\n<header><h2>" +
           escaped(analysis.service) + "</h2>" + badge(analysis) + place(analysis.span, "soft") +
           "</header>\n<p>" + escaped(relay_meaning(analysis.verdict)) + why(analysis) + "</p>\n";
    const bool decides = analysis.verdict == RelayVerdict::depends;
    list(decides ? "It depends on" : "Assumed", analysis.assumes);
    witnesses(analysis);
    destinations(analysis);
    matrix(analysis);
    trusted(analysis);
    out += "</section>\n";
  }

  void foot() { out += "</main>\n</body>\n</html>\n"; }

 private:
  static std::string badge(const RelayAnalysis& analysis) {
    return "<span class=\"badge " + std::string(tone_of(analysis.verdict)) + "\">" +
           std::string(smtpd::relay_verdict_name(analysis.verdict)) + "</span>";
  }

  [[nodiscard]] std::string place_text(text::Span span) const {
    if (!span.in_file()) return {};
    const text::SourceFile& file = sources_[span.file];
    return file.path() + ':' + std::to_string(file.line_column(span.lo).line);
  }

  [[nodiscard]] std::string place(text::Span span, const std::string& tone = "soft") const {
    const std::string text = place_text(span);
    return text.empty() ? text : "<code class=\"" + tone + "\">" + escaped(text) + "</code>";
  }

  [[nodiscard]] std::string why(const RelayAnalysis& analysis) const {
    if (analysis.why.empty()) return {};
    const std::string where = place(analysis.why_span);
    return ": " + escaped(analysis.why) + (where.empty() ? "" : " (" + where + ")");
  }

  void list(const std::string& title, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out += "<p>" + title + ":</p>\n<ul>\n";
    for (const std::string& text : texts) out += "<li>" + escaped(text) + "</li>\n";
    out += "</ul>\n";
  }

  void witnesses(const RelayAnalysis& analysis) {
    if (analysis.witnesses.empty()) return;
    const bool depends = analysis.verdict == RelayVerdict::depends;
    out += depends ? "<h3>How a stranger may get in</h3>\n<ol>\n"
                   : "<h3>How a stranger gets in</h3>\n<ol>\n";
    for (const RelayWitness& w : analysis.witnesses) {
      out += "<li>Mail to " +
             code_element(w.destination.empty() ? w.request.to.back() : w.destination) +
             (w.discarded ? ", accepted and thrown away (DISCARD)" : "") + "\n";
      dialogue(w);
      because(w);
      list("Only if", w.assumes);
      records(w.dns);
      out += "</li>\n";
    }
    out += "</ol>\n";
  }

  void dialogue(const RelayWitness& w) {
    const auto& name = w.request.client_name;
    out += "<pre>";
    for (std::size_t i = 0; i < w.dialogue.size(); ++i) {
      const smtpd::Exchange& each = w.dialogue[i];
      const bool named = name.status == smtpd::PeerName::Status::known;
      const bool connects = each.command.starts_with("connect from ");
      out += "<span class=\"c\">C: " + escaped(each.command) +
             (connects && named ? " (" + escaped(name.name) + ")" : "") + "</span>\n";
      const bool last = i + 1 == w.dialogue.size();
      out += "<span" + std::string(last ? " class=\"last\"" : "") +
             ">S: " + (each.reply.empty() ? std::string("(no reply)") : escaped(each.reply)) +
             "</span>\n";
    }
    out += "</pre>\n";
  }

  void because(const RelayWitness& w) {
    if (w.because.empty()) out += "<p>because no restriction refuses it</p>\n";
    for (const smtpd::Step& step : w.because) {
      out += "<p>because of " + code_element(step.restriction);
      if (!step.list.empty()) out += " in " + code_element(step.list);
      out += ' ' + place(step.span) + ": " + escaped(step.why);
      const std::string entry = step.table ? place_text(step.table->span) : std::string();
      if (!entry.empty() && entry != place_text(step.span))
        out += "; entry " + code_element(step.table->key) + ' ' + place(step.table->span);
      out += "</p>\n";
    }
  }

  /// What has to stand in the DNS for it.
  void records(const smtpd::DnsFacts& dns) {
    std::vector<std::string> lines;
    for (const auto& [name, types] : dns.names)
      for (const auto& [type, answer] : types)
        for (const std::string& record : answer.records)
          lines.push_back(name + ' ' + type + ' ' + record);
    list("With these records in the DNS", lines);
  }

  void destinations(const RelayAnalysis& analysis) {
    if (analysis.destinations.empty()) return;
    out +=
        "<h3>Where strangers can send mail to</h3>\n<div class=\"wide\"><table>\n"
        "<tr><th>destination</th><th>because of</th></tr>\n";
    for (const smtpd::LimitedDestination& d : analysis.destinations) {
      out += "<tr><td>" + code_element(d.destination) + "</td><td>" +
             place(d.entry ? d.entry->span : d.span);
      if (d.entry) out += ' ' + code_element(d.entry->table);
      out += "</td></tr>\n";
    }
    out += "</table></div>\n";
  }

  void matrix(const RelayAnalysis& analysis) {
    if (analysis.matrix.empty()) return;
    out +=
        "<h3>What becomes of an ordinary mail</h3>\n<div class=\"wide\"><table "
        "class=\"matrix\">\n<tr><th>from</th>";
    for (std::size_t d = 0; d < smtpd::destination_class_count; ++d)
      out += "<th>" + escaped(smtpd::destination_class_name(static_cast<DestinationClass>(d))) +
             "</th>";
    out += "</tr>\n";
    for (std::size_t c = 0; c < smtpd::client_class_count; ++c)
      row(analysis, static_cast<ClientClass>(c));
    out +=
        "</table></div>\n<details><summary>The requests behind it</summary>\n<div "
        "class=\"wide\"><table>\n"
        "<tr><th>from</th><th>to</th><th>request</th><th>reply</th></tr>\n";
    for (const MatrixCell& cell : analysis.matrix) request(cell);
    out += "</table></div></details>\n";
  }

  void row(const RelayAnalysis& analysis, ClientClass client) {
    const auto& all = analysis.matrix;
    if (std::none_of(all.begin(), all.end(),
                     [&](const MatrixCell& m) { return m.client == client; }))
      return;
    out += "<tr><th scope=\"row\">" + escaped(smtpd::client_class_name(client)) + "</th>";
    for (std::size_t d = 0; d < smtpd::destination_class_count; ++d) {
      const auto cell = std::find_if(all.begin(), all.end(), [&](const MatrixCell& m) {
        return m.client == client && m.destination == static_cast<DestinationClass>(d);
      });
      if (cell == all.end()) {
        out += "<td class=\"soft\">&ndash;</td>";
        continue;
      }
      out += "<td class=\"" + std::string(tone_of(*cell)) + "\" title=\"" + escaped(cell->reply) +
             "\">" + escaped(smtpd::verdict_name(cell->verdict)) + ' ' +
             escaped(cell->reply.substr(0, 3)) + "</td>";
    }
    out += "</tr>\n";
  }

  void request(const MatrixCell& cell) {
    out += "<tr><td>" + escaped(smtpd::client_class_name(cell.client)) + "</td><td>" +
           escaped(smtpd::destination_class_name(cell.destination)) + "</td><td>" +
           code_element(smtpd::dialogue_line(cell.request)) + "</td><td>" +
           (cell.reply.empty() ? escaped(smtpd::verdict_name(cell.verdict))
                               : code_element(cell.reply));
    if (cell.verdict == Verdict::depends) list("depends on", cell.assumes);
    out += "</td></tr>\n";
  }

  void trusted(const RelayAnalysis& analysis) {
    if (analysis.verdict == RelayVerdict::dead) return;
    out += "<h3>Who may relay</h3>\n";
    if (analysis.trusted.empty()) {
      out += "<p>Nobody that the configuration names.</p>\n";
      return;
    }
    out +=
        "<div class=\"wide\"><table>\n<tr><th>kind</th><th>who</th><th>addresses</th><th>because "
        "of</th></tr>\n";
    for (const smtpd::TrustedParty& party : analysis.trusted) {
      const std::string where = place(party.span);
      out += "<tr><td>" + escaped(smtpd::trusted_kind_name(party.kind)) + "</td><td>" +
             code_element(party.value) + "</td><td class=\"number\">" + grouped(party.size) +
             "</td><td>" + (where.empty() ? std::string("a compiled default") : where) +
             (party.table.empty() ? "" : ' ' + code_element(party.table));
      list("depends on", party.assumes);
      out += "</td></tr>\n";
    }
    out += "</table></div>\n";
  }

  /// "16777216" as "16 777 216", with spaces that do not break.
  static std::string grouped(const std::string& digits) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (i > 0 && (digits.size() - i) % 3 == 0) text += "&#8239;";
      text += digits[i];
    }
    return text;
  }

  const text::SourceStore& sources_;
};

}  // namespace

std::string relay_html(const std::vector<RelayAnalysis>& services, const text::SourceStore& sources,
                       const std::string& directory, const std::string& version) {
  Page page(sources);
  page.head(directory, version);
  page.overview(services);
  for (std::size_t i = 0; i < services.size(); ++i) page.service(services[i], i + 1);
  page.foot();
  return page.out;
}

}  // namespace postlint::report
