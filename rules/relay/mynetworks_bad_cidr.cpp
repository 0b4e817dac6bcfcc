#include <algorithm>

#include "grammar/match_list.hpp"
#include "grammar/network.hpp"
#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_bad_cidr {

constexpr RuleInfo info{.id = "relay/mynetworks-bad-cidr",
                        .title = "mynetworks holds a pattern that Postfix cannot parse",
                        .severity = Severity::error};

using grammar::Family;
using grammar::MatchItem;
using grammar::NetworkProblem;

/// Whom a bad pattern hits: match_hostaddr(3) compares addresses with patterns of their own family,
/// and looks up everybody in tables and files.
enum class Hits : std::uint8_t { ipv4, ipv6, everybody, smtpd };

struct Verdict {
  std::string problem;  // no text: none
  Hits hits = Hits::everybody;
  std::string_view deed;  // what writing `meant` does
  std::string meant;      // empty: not known
};

Hits together(Hits a, Hits b) {
  if (a == b) return a;
  return std::max({a, b, Hits::everybody});
}

/// No client of a family that inet_protocols leaves out can connect.
bool can_connect(Family family, const Workspace& workspace) {
  const std::string_view protocols = workspace.config().text("inet_protocols");
  const std::string_view own = family == Family::ipv4 ? "ipv4" : "ipv6";
  return protocols.find("all") != std::string_view::npos ||
         protocols.find(own) != std::string_view::npos;
}

std::string refused(std::string_view who) {
  return std::string(who) +
         " that no pattern before it matches is refused with 451 Temporary lookup failure";
}

std::string consequence(Hits hits) {
  switch (hits) {
    case Hits::ipv4:
      return refused("every IPv4 client") + "; IPv6 clients are not compared with it";
    case Hits::ipv6:
      return refused("every IPv6 client") + "; IPv4 clients are not compared with it";
    case Hits::everybody:
      return refused("every client");
    case Hits::smtpd:
      return "smtpd dies at its start";
  }
  return {};
}

/// The prefix length of a mask like 255.255.0.0.
std::optional<unsigned> prefix_of_mask(std::string_view mask) {
  const auto address = grammar::parse_address(mask);
  if (!address || address->family != Family::ipv4) return std::nullopt;
  for (unsigned prefix = 0; prefix <= 32; ++prefix) {
    grammar::Address ones{Family::ipv4, {0xff, 0xff, 0xff, 0xff}};
    if (grammar::masked(ones, prefix) == *address) return prefix;
  }
  return std::nullopt;
}

std::string with_prefix(std::string_view address, unsigned prefix) {
  const auto parsed = grammar::parse_address(address);
  if (!parsed) return {};
  return grammar::to_text({grammar::masked(*parsed, prefix), static_cast<std::uint8_t>(prefix)});
}

std::string in_brackets(const std::string& network) {
  const std::size_t slash = network.find('/');
  return "[" + network.substr(0, slash) + "]" + network.substr(slash);
}

Verdict judge_network(std::string_view word) {
  if (!grammar::is_network_pattern(word)) return {};
  const grammar::NetworkPattern pattern = grammar::parse_network(word);
  if (pattern.problem == NetworkProblem::none) return {};
  Verdict verdict{grammar::problem_text(word, pattern),
                  word.find(':') == std::string_view::npos ? Hits::ipv4 : Hits::ipv6,
                  {},
                  {}};
  if (pattern.problem == NetworkProblem::host_bits) {
    verdict.deed = "clear the host bits";
    verdict.meant = grammar::suggested_network(word, pattern);
    if (word.front() == '[') verdict.meant = in_brackets(verdict.meant);
  }
  if (pattern.problem == NetworkProblem::bad_mask_value) {
    verdict.deed = "write the mask as the number of its bits";
    const auto prefix = prefix_of_mask(grammar::slice(word, pattern.mask));
    if (prefix) verdict.meant = with_prefix(grammar::slice(word, pattern.address), *prefix);
  }
  return verdict;
}

/// `::1/128`: read as a lookup table of the type before the first colon.
Verdict judge_table(std::string_view word) {
  const std::string_view address = word.substr(0, word.find('/'));
  if (!grammar::parse_address(address)) return {};
  return {"an IPv6 address outside of [ ] is read as a lookup table",
          word.starts_with(':') ? Hits::smtpd : Hits::everybody, "put the address in brackets",
          "[" + std::string(address) + "]" + std::string(word.substr(address.size()))};
}

Verdict judge_file(std::string_view word) {
  if (word.find_first_not_of("0123456789./") != std::string_view::npos) return {};
  return {std::string(word) + " is read as the name of a file to include", Hits::everybody, {}, {}};
}

Verdict judge(const MatchItem& item, std::string_view word) {
  switch (item.kind) {
    case MatchItem::Kind::network:
      return judge_network(word);
    case MatchItem::Kind::table:
      return judge_table(word);
    case MatchItem::Kind::file:
      return judge_file(word);
    case MatchItem::Kind::no_pattern:
      return {"there is no pattern behind '!'", Hits::smtpd, {}, {}};
    case MatchItem::Kind::literal:
      return {};
  }
  return {};
}

Verdict judge(const smtpd::MatchList::Pattern& pattern, std::string_view word) {
  if (pattern.unreadable_file || pattern.file_unknown) return judge_file(word);
  return pattern.table != nullptr ? judge_table(word) : judge_network(word);
}

/// The service whose mynetworks is looked at.
struct Reader {
  const Service& service;
  bool asks = false;  // a restriction list asks for mynetworks
};

/// Why nobody is hit; empty: somebody is.
std::string_view reprieve(Hits hits, const Reader& reader, Sink& sink) {
  if (hits == Hits::smtpd) return {};
  if (hits == Hits::ipv4 && !can_connect(Family::ipv4, sink.workspace()))
    return "it is compared with IPv4 clients alone, and inet_protocols lets none connect";
  if (hits == Hits::ipv6 && !can_connect(Family::ipv6, sink.workspace()))
    return "it is compared with IPv6 clients alone, and inet_protocols lets none connect";
  if (!reader.asks) return "no restriction list asks permit_mynetworks, so that it refuses nobody";
  return {};
}

void describe(FindingBuilder& finding, const std::string& problem, Hits hits, const Reader& reader,
              Sink& sink) {
  finding.origin(reader.service.config->at("mynetworks"));
  const std::string_view why_harmless = reprieve(hits, reader, sink);
  finding.message(problem, ": ", why_harmless.empty() ? consequence(hits) : why_harmless);
  if (!why_harmless.empty()) finding.severity(Severity::info);
}

/// Trusting the network in place of the host widens access; brackets and masks only mend.
std::string fix_title(const Verdict& verdict) {
  return std::string(verdict.deed) + ": write " + verdict.meant + "; its addresses may then relay";
}

void report(const Verdict& verdict, Span span, const Reader& reader, Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), span);
  auto finding = sink.report(info).at(span);
  describe(finding, verdict.problem, verdict.hits, reader, sink);
  finding.parameter(name.empty() ? "mynetworks" : name);
  if (verdict.meant.empty()) return;
  finding.label("write ", verdict.meant)
      .fix(Fix::unsafe(fix_title(verdict)).replace(span, verdict.meant));
}

struct BadLine {
  Verdict verdict;
  Span span;
};

std::string deeds_of(const std::vector<BadLine>& lines) {
  std::string text;
  for (const BadLine& line : lines) {
    const std::string_view deed = line.verdict.deed;
    if (text.find(deed) == std::string::npos) text.append(text.empty() ? "" : ", ").append(deed);
  }
  return text;
}

/// One edit for all lines; none where it is not known what one of them is to say.
void add_fix(FindingBuilder& finding, const std::vector<BadLine>& lines) {
  auto fix = Fix::unsafe(lines.size() == 1
                             ? fix_title(lines.front().verdict)
                             : deeds_of(lines) + " in these lines; their addresses may then relay");
  for (const BadLine& line : lines) {
    if (line.verdict.meant.empty()) return;
    fix.replace(line.span, line.verdict.meant);
  }
  finding.fix(std::move(fix));
}

std::string label_of(const BadLine& line) {
  return line.verdict.meant.empty() ? line.verdict.problem : "write " + line.verdict.meant;
}

/// One finding a file, at its first bad line: that one is enough to refuse those whom it hits.
void report_file(const std::vector<BadLine>& lines, Span include, const Reader& reader,
                 Sink& sink) {
  constexpr std::size_t most = 20;
  const BadLine& first = lines.front();
  Hits hits = first.verdict.hits;
  std::vector<Span> places;
  for (const BadLine& line : lines) {
    hits = together(hits, line.verdict.hits);
    places.push_back(line.span);
  }
  auto finding = sink.report(info).at(first.span);
  describe(finding, first.verdict.problem, hits, reader, sink);
  if (!first.verdict.meant.empty()) finding.label(label_of(first));
  for (std::size_t i = 1; i < std::min(lines.size(), most); ++i) {
    finding.related(lines[i].span, label_of(lines[i]));
  }
  finding.related(include, "the file is included here");
  if (lines.size() > 1) {
    finding.note(std::to_string(lines.size()), " patterns of the file cannot be parsed, in lines ",
                 line_numbers(sink.workspace(), places));
  }
  add_fix(finding, lines);
}

/// The lines of files that the list includes.
void check_files(const Reader& reader, Sink& sink) {
  const smtpd::TableSet& tables = tables_of(sink);
  const smtpd::MatchList list = smtpd::trusted_clients(tables, *reader.service.config);
  for (const auto& [file, patterns] : list.included_patterns()) {
    std::vector<BadLine> lines;
    for (const smtpd::MatchList::Pattern* pattern : patterns) {
      Verdict verdict = judge(*pattern, sink.text(pattern->span));
      if (!verdict.problem.empty()) lines.push_back({std::move(verdict), pattern->span});
    }
    if (!lines.empty()) report_file(lines, patterns.front()->include, reader, sink);
  }
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default()) return;
  const Reader reader{service, may_ask(sink.lists(service), {"permit_mynetworks"})};
  bool includes = false;
  for (const MatchItem& item : grammar::parse_match_list(setting.text()).items) {
    includes = includes || item.kind == MatchItem::Kind::file;
    const MappedView word = setting.view().sub(item.pattern);
    const Verdict verdict = judge(item, word.text());
    if (verdict.problem.empty()) continue;
    report(verdict, item.pattern.empty() ? setting.view().span(item.range) : word.span(), reader,
           sink);
  }
  if (includes) check_files(reader, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_bad_cidr
