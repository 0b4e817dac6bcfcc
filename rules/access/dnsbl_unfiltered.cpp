#include "src/engine/dnsbl_uses.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::dnsbl_unfiltered {

constexpr RuleInfo info{.id = "access/dnsbl-unfiltered",
                        .title = "error answers of a blocklist are taken for listings",
                        .severity = Severity::warning,
                        .since = {2, 8, 0}};

bool is_wrong_kind(const DnsblUse& use) {
  using Kind = database::Dnsbl::Kind;
  return use.item != nullptr && use.known->kind != Kind::allow &&
         (use.known->kind == Kind::domain) != (use.keyword().starts_with("reject_rhsbl"));
}

void look(const DnsblUse& use, std::string_view parameter, Sink& sink) {
  // Under warn_if_reject nobody is refused.
  if (use.item != nullptr && use.item->warn_only) return;
  if (use.known == nullptr || use.filtered || use.known->codes.empty() || is_wrong_kind(use))
    return;
  const bool allow = use.known->kind == database::Dnsbl::Kind::allow;
  const std::string filter = "=" + std::string(use.known->codes);
  const std::string_view owner = assigned_name(sink.workspace(), use.word.span());
  auto finding = sink.report(info).at(use.word);
  finding
      .message(use.zone, allow
                             ? " answers 127.0.0.255 to resolvers that ask too much, which counts "
                               "here as a recommendation: then every client is let through"
                             : " answers 127.255.255.x to open resolvers and to those that ask "
                               "too much, which counts here as a listing: then all mail is "
                               "refused")
      .parameter(owner.empty() ? parameter : owner)
      .item(use.zone);
  const std::string_view text = use.word.text();
  const std::string written(text.substr(0, text.find('*')));
  if (sink.text(use.word.span()) != text) return;
  Span name = use.word.span();
  name.hi = name.lo + static_cast<std::uint32_t>(written.size());
  finding.fix(Fix::unsafe("count only listings; clients that errors refused are no longer refused")
                  .insert_after(name, filter));
}

void check_list(const RestrictionList& list, Sink& sink) {
  for (const DnsblUse& use : dnsbl_uses(list, sink)) look(use, list.name, sink);
}

void check_sites(const Assignment& assignment, Sink& sink) {
  for (const DnsblUse& use : dnsbl_uses(assignment, sink)) look(use, assignment.name, sink);
}

extern const Rule rule{info, {.on_parameter = check_sites, .on_restriction_list = check_list}};

}  // namespace postlint::rules::access::dnsbl_unfiltered
