#include <algorithm>
#include <iterator>

#include "grammar/restriction_list.hpp"
#include "src/engine/placeholder.hpp"
#include "src/engine/rule.hpp"
#include "src/text/ascii.hpp"

namespace postlint::rules::delivery::own_domain_local_with_relayhost {

constexpr RuleInfo info{.id = "delivery/own-domain-local-with-relayhost",
                        .title = "a host that sends by a relay keeps its organisation's mail",
                        .severity = Severity::warning,
                        .confidence = Confidence::possible};

/// "example.com" may be anybody's; nobody has mail under these but hosts of a test or a home.
constexpr std::string_view private_suffixes[] = {
    "example", "test",     "invalid",  "localhost", "local",   "localdomain", "lan",
    "home",    "internal", "intranet", "private",   "homenet", "corp",        "arpa"};

bool is_public_suffix(std::string_view label) {
  const bool letters = label.size() > 1 && std::all_of(label.begin(), label.end(), text::is_letter);
  return (letters || label.starts_with("xn--")) &&
         std::find(std::begin(private_suffixes), std::end(private_suffixes), label) ==
             std::end(private_suffixes);
}

bool is_label(std::string_view label) {
  return !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
    return text::is_letter(c) || text::is_digit(c) || c == '-';
  });
}

/// "example.com": what organisations have, and hosts seldom. Names that nobody filled in, and those
/// that a host makes up for want of one, are neither.
bool is_organisation(std::string_view domain) {
  const auto dot = domain.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view label = domain.substr(0, dot);
  return is_label(label) && is_public_suffix(domain.substr(dot + 1)) && label != "localhost" &&
         find_placeholders(domain).empty();
}

/// Signs that people have their mail here.
bool holds_mailboxes(const EffectiveConfig& config) {
  for (const std::string_view name :
       {"virtual_mailbox_domains", "virtual_alias_domains", "virtual_alias_maps", "mailbox_command",
        "mailbox_transport", "home_mailbox", "luser_relay", "fallback_transport"}) {
    const Setting* setting = config.find(name);
    if (setting != nullptr && !setting->is_default() && !setting->text().empty()) return true;
  }
  return !config.at("local_recipient_maps").is_default() ||
         !config.at("local_transport").is_default() || !config.at("transport_maps").text().empty();
}

void check(const Workspace& workspace, Sink& sink) {
  const EffectiveConfig& config = workspace.config();
  const Setting& relayhost = config.at("relayhost");
  const Setting& local = config.at("mydestination");
  if (relayhost.text().empty() || holds_mailboxes(config)) return;
  for (const text::Range range : grammar::parse_plain_list(local.text())) {
    const MappedView word = local.view().sub(range);
    if (!is_organisation(word.text())) continue;
    const Span place = local.is_default() ? word.span() : local.raw.span();
    sink.report(info)
        .at(place)
        .message(
            word.text(), " is local, and other mail goes to ", relayhost.text(),
            ": mail from this host to colleagues is returned as unknown or stays in /var/mail, "
            "if their mailboxes are elsewhere")
        .origin(local)
        .item(word.text())
        .related(relayhost.origin().span, "other mail goes here");
    return;
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::delivery::own_domain_local_with_relayhost
