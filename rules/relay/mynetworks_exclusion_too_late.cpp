#include "rules/servers.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules::relay::mynetworks_exclusion_too_late {

constexpr RuleInfo info{
    .id = "relay/mynetworks-exclusion-too-late",
    .title = "an exclusion stands behind the network that it is to exclude from",
    .severity = Severity::error};

using smtpd::ListedNetwork;

/// The earlier pattern that lets every address of `excluded` in; null: none does.
const ListedNetwork* wider(const std::vector<ListedNetwork>& networks, std::size_t excluded) {
  for (std::size_t at = 0; at < excluded; ++at) {
    const ListedNetwork& earlier = networks[at];
    if (!earlier.negated && grammar::contains(earlier.network, networks[excluded].network)) {
      return &earlier;
    }
  }
  return nullptr;
}

void report(const ListedNetwork& excluded, const ListedNetwork& earlier, const Setting& setting,
            Sink& sink) {
  const std::string_view name = assigned_name(sink.workspace(), excluded.span);
  auto finding = sink.report(info).at(excluded.span);
  finding
      .message("!", excluded.text, " comes too late: ", earlier.text,
               " matches first, and these clients are trusted")
      .origin(setting)
      .parameter(name.empty() ? "mynetworks" : name)
      .related(earlier.span, "the first match wins");
  // The same words stand in no table: there an exclusion has another form.
  Span moved = excluded.span;
  const bool ordered = moved.file == earlier.span.file && earlier.span.hi < moved.lo;
  if (!ordered || moved.lo == 0 || sink.text({moved.file, moved.lo - 1, moved.lo}) != "!") return;
  --moved.lo;
  Span blank = moved;
  while (blank.lo > earlier.span.hi &&
         std::string_view(" \t,").find(sink.text({blank.file, blank.lo - 1, blank.lo})) !=
             std::string_view::npos) {
    --blank.lo;
  }
  finding.fix(Fix::unsafe("move it to the front; these clients are then no longer trusted")
                  .insert_before(earlier.span, "!" + excluded.text + " ")
                  .remove(blank));
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  const Setting& setting = service.config->at("mynetworks");
  if (setting.is_default()) return;
  const smtpd::TableSet& tables = tables_of(sink);
  const std::vector<ListedNetwork> networks =
      smtpd::listed_networks(smtpd::trusted_clients(tables, *service.config));
  for (std::size_t at = 0; at < networks.size(); ++at) {
    if (!networks[at].negated) continue;
    const ListedNetwork* earlier = wider(networks, at);
    if (earlier != nullptr) report(networks[at], *earlier, setting, sink);
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::mynetworks_exclusion_too_late
