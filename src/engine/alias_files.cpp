#include "src/engine/alias_files.hpp"

#include "grammar/restriction_list.hpp"
#include "grammar/table_ref.hpp"

namespace postlint::engine {

std::unordered_set<std::string> alias_files(const model::EffectiveConfig& config) {
  std::unordered_set<std::string> files;
  for (const std::string_view parameter : {"alias_database", "alias_maps"}) {
    const std::string_view value = config.text(parameter);
    for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
      const std::string_view text = grammar::slice(value, word.range);
      const grammar::TableRef ref = grammar::parse_table_ref(text);
      files.emplace(grammar::slice(text, ref.name));
    }
  }
  return files;
}

}  // namespace postlint::engine
