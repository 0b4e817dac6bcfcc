#include "src/report/baseline.hpp"

#include <nlohmann/json.hpp>

#include "src/report/display_text.hpp"

namespace postlint::report {

namespace {

using Json = nlohmann::ordered_json;

BaselineKey key_of(const engine::Finding& finding, std::string_view configuration) {
  return {valid_utf8(configuration), std::string(finding.rule->id), valid_utf8(finding.service),
          valid_utf8(finding.parameter), valid_utf8(finding.item)};
}

std::string describe(const BaselineKey& key) {
  std::string text = key.configuration + ": " + key.rule;
  for (const std::string* part : {&key.service, &key.parameter, &key.item}) {
    if (!part->empty()) text += " " + *part;
  }
  return text;
}

std::string text_of(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Result<Baseline> Baseline::parse(const std::string& path, std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const bool good = json.is_object() && text_of(json, "schema") == "postlint.baseline/1" &&
                    json.contains("findings") && json["findings"].is_array();
  if (!good) return Error{path + ": not a baseline of postlint (postlint.baseline/1)"};
  Baseline baseline;
  for (const Json& entry : json["findings"]) {
    if (!entry.is_object() || text_of(entry, "rule").empty()) {
      return Error{path + ": an entry of findings names no rule"};
    }
    const BaselineKey key{text_of(entry, "configuration"), text_of(entry, "rule"),
                          text_of(entry, "service"), text_of(entry, "parameter"),
                          text_of(entry, "item")};
    const auto count = entry.find("count");
    const bool counted = count != entry.end() && count->is_number_unsigned();
    baseline.counts_[key] += counted ? count->get<std::size_t>() : 1;
  }
  return baseline;
}

void Baseline::add(const engine::Finding& finding, std::string_view configuration) {
  ++counts_[key_of(finding, configuration)];
}

std::string Baseline::to_json() const {
  Json findings = Json::array();
  for (const auto& [key, count] : counts_) {
    findings.push_back({{"configuration", key.configuration},
                        {"rule", key.rule},
                        {"service", key.service},
                        {"parameter", key.parameter},
                        {"item", key.item},
                        {"count", count}});
  }
  const Json json{{"schema", "postlint.baseline/1"}, {"findings", std::move(findings)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Baseline::Outcome Baseline::hide(std::vector<engine::Finding>& findings,
                                 std::string_view configuration) const {
  std::map<BaselineKey, std::size_t> left;
  const BaselineKey first{valid_utf8(configuration), {}, {}, {}, {}};
  for (auto entry = counts_.lower_bound(first);
       entry != counts_.end() && entry->first.configuration == first.configuration; ++entry) {
    left.insert(*entry);
  }
  Outcome outcome;
  outcome.hidden = std::erase_if(findings, [&](const engine::Finding& finding) {
    const auto known = left.find(key_of(finding, configuration));
    if (known == left.end() || known->second == 0) return false;
    --known->second;
    return true;
  });
  for (const auto& [key, count] : left) {
    if (count != 0) outcome.gone.push_back(describe(key));
  }
  return outcome;
}

}  // namespace postlint::report
