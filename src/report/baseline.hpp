#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/engine/finding.hpp"
#include "src/text/result.hpp"

namespace postlint::report {

/// What tells a finding from others over time; see engine::fingerprint().
struct BaselineKey {
  std::string configuration;  // relative to the baseline file
  std::string rule;
  std::string service;
  std::string parameter;
  std::string item;
  friend auto operator<=>(const BaselineKey&, const BaselineKey&) = default;
};

/// Findings that are known and wait to be mended: keys with counts.
class Baseline {
 public:
  /// `text`: of a file that to_json() made. The error names `path`.
  static Result<Baseline> parse(const std::string& path, std::string_view text);

  void add(const engine::Finding& finding, std::string_view configuration);
  [[nodiscard]] std::string to_json() const;

  /// What hide() did for one configuration.
  struct Outcome {
    std::size_t hidden = 0;
    std::vector<std::string> gone;  // one line for each recorded finding that is there no more
  };
  /// Takes the recorded findings of a configuration out of `findings`.
  Outcome hide(std::vector<engine::Finding>& findings, std::string_view configuration) const;

 private:
  std::map<BaselineKey, std::size_t> counts_;
};

}  // namespace postlint::report
