#include <map>

#include "grammar/match_list.hpp"
#include "grammar/network.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_bad_cidr {

constexpr RuleInfo info{.id = "relay/mynetworks-bad-cidr",
                        .title = "mynetworks holds a pattern that Postfix cannot parse",
                        .severity = Severity::error};

using grammar::MatchItem;
using grammar::NetworkProblem;

constexpr std::string_view refused =
    "every client that reaches it is refused with 451 Temporary lookup failure";

/// What is wrong with a word of the list, and what was meant; no text: nothing.
struct Verdict {
  std::string text;
  std::string meant;
};

/// The prefix length of a mask like 255.255.0.0.
std::optional<unsigned> prefix_of_mask(std::string_view mask) {
  const auto address = grammar::parse_address(mask);
  if (!address || address->family != grammar::Family::ipv4) return std::nullopt;
  for (unsigned prefix = 0; prefix <= 32; ++prefix) {
    grammar::Address ones{grammar::Family::ipv4, {0xff, 0xff, 0xff, 0xff}};
    if (grammar::masked(ones, prefix) == *address) return prefix;
  }
  return std::nullopt;
}

std::string with_prefix(std::string_view address, unsigned prefix) {
  const auto parsed = grammar::parse_address(address);
  if (!parsed) return {};
  return grammar::to_text({grammar::masked(*parsed, prefix), static_cast<std::uint8_t>(prefix)});
}

Verdict judge_network(std::string_view word) {
  if (!grammar::is_network_pattern(word)) return {};
  const grammar::NetworkPattern pattern = grammar::parse_network(word);
  if (pattern.problem == NetworkProblem::none) return {};
  std::string meant = grammar::suggested_network(word, pattern);
  if (pattern.problem == NetworkProblem::host_bits && word.front() == '[') {
    const std::size_t slash = meant.find('/');
    meant = "[" + meant.substr(0, slash) + "]" + meant.substr(slash);
  }
  if (pattern.problem == NetworkProblem::bad_mask_value) {
    const auto prefix = prefix_of_mask(grammar::slice(word, pattern.mask));
    if (prefix) meant = with_prefix(grammar::slice(word, pattern.address), *prefix);
  }
  return {grammar::problem_text(word, pattern) + ": " + std::string(refused), meant};
}

/// `::1/128`: read as a lookup table of the type before the first colon.
Verdict judge_table(std::string_view word) {
  const std::string_view address = word.substr(0, word.find('/'));
  if (!grammar::parse_address(address)) return {};
  const std::string bracketed =
      "[" + std::string(address) + "]" + std::string(word.substr(address.size()));
  return {
      "an IPv6 address outside of [ ] is read as a lookup table: smtpd dies, or refuses every "
      "client",
      bracketed};
}

Verdict judge(const MatchItem& item, std::string_view word) {
  switch (item.kind) {
    case MatchItem::Kind::network:
      return judge_network(word);
    case MatchItem::Kind::table:
      return judge_table(word);
    case MatchItem::Kind::file:
      if (word.find_first_not_of("0123456789./") != std::string_view::npos) return {};
      return {
          std::string(word) + " is read as the name of a file to include: " + std::string(refused),
          {}};
    case MatchItem::Kind::no_pattern:
      return {"there is no pattern behind '!': smtpd dies at its start", {}};
    case MatchItem::Kind::literal:
      return {};
  }
  return {};
}

/// Trusting the network in place of the host widens access; brackets and masks only mend.
std::string fix_title(const std::string& meant) {
  return "write " + meant + "; its addresses may then relay";
}

void report(const Verdict& verdict, Span span, const Setting& setting, Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), span);
  auto finding = sink.report(info).at(span);
  finding.message(verdict.text).origin(setting).parameter(name.empty() ? "mynetworks" : name);
  if (verdict.meant.empty()) return;
  finding.label("write ", verdict.meant)
      .fix(Fix::unsafe(fix_title(verdict.meant)).replace(span, verdict.meant));
}

struct BadLine {
  Verdict verdict;
  Span span;
};

/// One finding a file, at its first bad line: that one is enough to refuse everybody.
void report_file(const std::vector<BadLine>& lines, const Setting& setting, Sink& sink) {
  const BadLine& first = lines.front();
  auto finding = sink.report(info).at(first.span);
  finding.message(first.verdict.text)
      .origin(setting)
      .parameter("mynetworks")
      .related(setting.origin().span, "the file is included here");
  if (lines.size() > 1) {
    finding.note(std::to_string(lines.size()), " lines of the file cannot be parsed");
  }
  auto fix = Fix::unsafe(lines.size() == 1 ? fix_title(first.verdict.meant)
                                           : "write what is meant; these addresses may then relay");
  for (const BadLine& line : lines) {
    if (line.verdict.meant.empty()) return;
    std::move(fix).replace(line.span, line.verdict.meant);
  }
  finding.fix(std::move(fix));
}

/// The lines of files that the list includes.
void check_files(const Service& service, const Setting& setting, Sink& sink) {
  const auto& tables =
      sink.shared<smtpd::TableSet>([&] { return smtpd::tables_at_hand(sink.workspace()); });
  const Workspace& workspace = sink.workspace();
  const smtpd::MatchList list = smtpd::trusted_clients(tables, *service.config);
  std::map<text::FileId, std::vector<BadLine>> files;
  for (const smtpd::MatchList::Pattern& pattern : list.patterns()) {
    const bool in_value =
        !pattern.span.in_file() || pattern.span.file == workspace.main().file ||
        (workspace.master() != nullptr && pattern.span.file == workspace.master()->file);
    if (in_value || pattern.unreadable_file || pattern.file_unknown) continue;
    const std::string_view word = sink.text(pattern.span);
    Verdict verdict = pattern.table != nullptr ? judge_table(word) : judge_network(word);
    if (!verdict.text.empty()) {
      files[pattern.span.file].push_back({std::move(verdict), pattern.span});
    }
  }
  for (const auto& [file, lines] : files) report_file(lines, setting, sink);
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default()) return;
  bool includes = false;
  for (const MatchItem& item : grammar::parse_match_list(setting.text()).items) {
    includes = includes || item.kind == MatchItem::Kind::file;
    const MappedView word = setting.view().sub(item.pattern);
    const Verdict verdict = judge(item, word.text());
    if (verdict.text.empty()) continue;
    report(verdict, item.pattern.empty() ? setting.view().span(item.range) : word.span(), setting,
           sink);
  }
  if (includes) check_files(service, setting, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_bad_cidr
