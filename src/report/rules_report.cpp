#include "src/report/rules_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/report/display_text.hpp"

namespace postlint::report {

namespace {

using engine::name_of;
using engine::Rule;
using engine::RuleInfo;

}  // namespace

std::string rules_text(std::span<const Rule* const> rules) {
  std::size_t widest = 0;
  for (const Rule* rule : rules) widest = std::max(widest, rule->info.id.size());
  std::string out;
  for (const Rule* rule : rules) {
    const RuleInfo& info = rule->info;
    out +=
        padded(info.id, widest + 2) + padded(name_of(info.severity), 9) + std::string(info.title);
    if (info.persona != engine::Persona::regular)
      out += " (" + std::string(name_of(info.persona)) + ")";
    out += "\n";
  }
  return out;
}

std::string rules_json(std::span<const Rule* const> rules) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Rule* rule : rules) {
    const RuleInfo& info = rule->info;
    nlohmann::ordered_json json;
    json["id"] = info.id;
    json["category"] = info.category();
    json["title"] = info.title;
    json["severity"] = name_of(info.severity);
    json["confidence"] = name_of(info.confidence);
    json["persona"] = name_of(info.persona);
    json["since"] = info.since == database::Version{}
                        ? nlohmann::ordered_json(nullptr)
                        : nlohmann::ordered_json(database::branch_text(info.since));
    json["needs_master_cf"] = info.needs_master;
    list.push_back(std::move(json));
  }
  const nlohmann::ordered_json root{{"schema", "postlint.rules/1"}, {"rules", std::move(list)}};
  return root.dump(2) + "\n";
}

std::string rules_markdown(std::span<const Rule* const> rules) {
  std::string out = "# Rules\n";
  std::string_view category;
  for (const Rule* rule : rules) {
    const RuleInfo& info = rule->info;
    if (info.category() != category) {
      category = info.category();
      out += "\n## " + std::string(category) +
             "\n\n| rule | severity | confidence | what it finds |\n|---|---|---|---|\n";
    }
    out += "| `" + std::string(info.id) + "` | " + std::string(name_of(info.severity)) + " | " +
           std::string(name_of(info.confidence)) + " | " + std::string(info.title) + " |\n";
  }
  return out;
}

}  // namespace postlint::report
