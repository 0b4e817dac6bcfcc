#include "src/engine/hosted_domains.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "grammar/restriction_list.hpp"

namespace postlint::engine {

namespace {

/// "*.example.com": a pattern list takes it as a name, which nobody has.
bool is_wildcard(std::string_view word) {
  return word.find('*') != std::string_view::npos && word.find(':') == std::string_view::npos;
}

/// Domains with a transport that refuses every mail are not received.
bool receives(const model::EffectiveConfig& config, std::string_view domains,
              std::string_view transport) {
  return names_domain(config.at(domains)) && !config.text(transport).starts_with("error");
}

}  // namespace

bool names_domain(const model::Setting& domains, std::string_view local) {
  std::vector<std::string_view> known = grammar::plain_words(local);
  std::sort(known.begin(), known.end());
  const std::vector<std::string_view> words = grammar::plain_words(domains.text());
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return !word.starts_with("localhost") && !word.starts_with('!') && !word.starts_with('#') &&
           !is_wildcard(word) && !std::binary_search(known.begin(), known.end(), word);
  });
}

bool hosts_domains(const model::EffectiveConfig& config) {
  // By default these two are the tables, most of which hold addresses.
  const model::Setting& aliases = config.at("virtual_alias_domains");
  const model::Setting& mailboxes = config.at("virtual_mailbox_domains");
  return receives(config, "mydestination", "local_transport") ||
         (!aliases.is_default() && names_domain(aliases)) ||
         (!mailboxes.is_default() &&
          receives(config, "virtual_mailbox_domains", "virtual_transport")) ||
         receives(config, "relay_domains", "relay_transport");
}

}  // namespace postlint::engine
