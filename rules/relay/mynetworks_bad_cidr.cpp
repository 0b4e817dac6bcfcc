#include "grammar/match_list.hpp"
#include "grammar/network.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"

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

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default()) return;
  for (const MatchItem& item : grammar::parse_match_list(setting.text()).items) {
    const MappedView word = setting.view().sub(item.pattern);
    const Verdict verdict = judge(item, word.text());
    if (verdict.text.empty()) continue;
    const Span span = item.pattern.empty() ? setting.view().span(item.range) : word.span();
    const std::string_view name = assigned_name(sink.workspace(), span);
    auto finding = sink.report(info).at(span);
    finding.message(verdict.text).origin(setting).parameter(name.empty() ? "mynetworks" : name);
    if (verdict.meant.empty()) continue;
    finding.label("write ", verdict.meant)
        .fix(Fix::unsafe(fix_title(verdict.meant)).replace(span, verdict.meant));
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_bad_cidr
