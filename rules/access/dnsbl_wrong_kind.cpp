#include "src/engine/dnsbl_uses.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::dnsbl_wrong_kind {

constexpr RuleInfo info{.id = "access/dnsbl-wrong-kind",
                        .title = "a list in the DNS is asked for what it does not list",
                        .severity = Severity::error};

using Kind = database::Dnsbl::Kind;

/// What comes of it; empty: nothing is wrong.
std::string problem(const DnsblUse& use) {
  const std::string zone = use.zone;
  const Kind kind = use.known->kind;
  const std::string_view keyword = use.keyword();
  const bool by_address =
      keyword == "reject_rbl_client" || keyword == "permit_dnswl_client" || use.item == nullptr;
  const bool refuses = use.item != nullptr ? keyword.starts_with("reject_") : use.weight > 0;
  if (kind == Kind::allow) {
    return refuses ? zone + " recommends clients: those that it lists are refused" : "";
  }
  if (kind == Kind::domain && by_address) {
    return zone + " lists domains, and answers an error for addresses: " +
           (use.filtered ? "it is asked in vain" : "that counts as a listing of every client");
  }
  if (kind == Kind::client && !by_address) {
    return zone + " lists addresses, and is asked for a domain: it is asked in vain";
  }
  if (kind == Kind::client && !refuses) {
    return zone + " lists clients that send spam: those are let through";
  }
  return {};
}

void look(const DnsblUse& use, std::string_view parameter, Sink& sink) {
  if (use.known == nullptr || !use.known->closed.empty()) return;
  const std::string text = problem(use);
  if (text.empty()) return;
  const std::string_view owner = assigned_name(sink.workspace(), use.word.span());
  auto finding = sink.report(info).at(use.word);
  finding.message(text).parameter(owner.empty() ? parameter : owner).item(use.zone);
  if (use.item != nullptr) finding.related(use.item->span(), "asks for something else");
  if (text.ends_with("in vain")) finding.severity(Severity::warning);
}

void check_list(const RestrictionList& list, Sink& sink) {
  for (const DnsblUse& use : dnsbl_uses(list, sink)) look(use, list.name, sink);
}

void check_sites(const Assignment& assignment, Sink& sink) {
  for (const DnsblUse& use : dnsbl_uses(assignment, sink)) look(use, assignment.name, sink);
}

extern const Rule rule{info, {.on_parameter = check_sites, .on_restriction_list = check_list}};

}  // namespace postlint::rules::access::dnsbl_wrong_kind
