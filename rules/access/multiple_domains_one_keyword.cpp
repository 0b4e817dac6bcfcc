#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/unknown_words.hpp"

namespace postlint::rules::access::multiple_domains_one_keyword {

constexpr RuleInfo info{.id = "access/multiple-domains-one-keyword",
                        .title = "several blocklists stand behind one keyword",
                        .severity = Severity::error};

void check(const RestrictionList& list, Sink& sink) {
  for (const UnknownWord& unknown : unknown_words(list, sink.lists(*list.service))) {
    if (unknown.kind != UnknownWord::Kind::second_domain) continue;
    const RestrictionItem& domain = *unknown.item;
    const std::string keyword(unknown.keyword->text());
    const std::string_view owner = assigned_name(sink.workspace(), domain.span());
    auto finding = sink.report(info).at(domain.span());
    finding
        .message(keyword, " takes one domain, and ", domain.text(),
                 " is read as the next restriction: every request that reaches it is answered 451 "
                 "4.3.5 Server configuration error")
        .parameter(owner.empty() ? list.name : owner)
        .item(domain.text())
        .related(unknown.keyword->full_span(), "takes this domain only")
        .fix(Fix::unsafe("put " + keyword + " before it, which then decides on these requests")
                 .insert_before(domain.span(), keyword + " "));
  }
}

extern const Rule rule{info, {.on_restriction_list = check}};

}  // namespace postlint::rules::access::multiple_domains_one_keyword
