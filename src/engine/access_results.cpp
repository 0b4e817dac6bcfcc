#include "src/engine/access_results.hpp"

#include <algorithm>
#include <array>

#include "grammar/restriction_list.hpp"
#include "src/text/ascii.hpp"

namespace postlint::engine {

namespace {

using Problem = AccessResult::Problem;

constexpr std::array<std::string_view, 15> actions{
    "DUNNO",           "REJECT",  "DEFER",   "HANGUP",   "INFO", "WARN",
    "FILTER",          "HOLD",    "DISCARD", "REDIRECT", "BCC",  "DEFER_IF_PERMIT",
    "DEFER_IF_REJECT", "PREPEND", "OK"};

bool is_reply_code(std::string_view word) {
  return word.size() == 3 && text::all_digits(word) && (word[0] == '4' || word[0] == '5');
}

/// A header as PREPEND wants it: a name, a colon.
bool is_header(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

bool has_argument(std::string_view action, std::string_view text) {
  if (text::same_word(action, "FILTER")) return text.find(':') != std::string_view::npos;
  if (text::same_word(action, "REDIRECT") || text::same_word(action, "BCC")) {
    return text.find('@') != std::string_view::npos;
  }
  return !text::same_word(action, "PREPEND") || is_header(text);
}

bool is_restriction(std::string_view word, const model::EffectiveConfig& config) {
  const database::Restriction* row = config.database().restriction(word);
  if (row != nullptr && row->since <= config.version()) return true;
  const std::string_view classes = config.text("smtpd_restriction_classes");
  const auto names = grammar::parse_plain_list(classes);
  return std::any_of(names.begin(), names.end(), [&](text::Range range) {
    return classes.substr(range.lo, range.size()) == word;
  });
}

/// The words of a list of restrictions, up to the first that is none. Arguments are not looked at:
/// domains and numbers, since tables were refused before.
AccessResult judge_restrictions(std::string_view value, const model::EffectiveConfig& config) {
  bool argument = false;
  for (const grammar::Word& word : grammar::parse_restriction_list(value).words) {
    const std::string_view text = value.substr(word.range.lo, word.range.size());
    if (!argument && !is_restriction(text, config)) {
      return {Problem::unknown_word, std::string(text)};
    }
    const database::Restriction* row = config.database().restriction(text);
    argument = !argument && row != nullptr && row->argument != database::Argument::none;
  }
  return {};
}

}  // namespace

AccessResult judge_access_result(std::string_view value, const model::EffectiveConfig& config) {
  const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
  const std::string_view word = value.substr(0, end);
  const std::size_t rest = value.find_first_not_of(" \t", end);
  const std::string_view text = rest == std::string_view::npos ? "" : value.substr(rest);
  if (value.empty()) return {Problem::empty, {}};
  const bool action = text::same_word(word, "RELAY") ||
                      std::any_of(actions.begin(), actions.end(), [&](std::string_view each) {
                        return text::same_word(word, each);
                      });
  if (text.find('$') == std::string_view::npos && action && !has_argument(word, text)) {
    return {Problem::no_argument, std::string(word)};
  }
  if (action || word.find('$') != std::string_view::npos) return {};
  if (is_reply_code(value)) return {Problem::lone_code, std::string(value)};
  if (text::all_digits(value) || (is_reply_code(word) && !text.empty())) return {};
  if (value.find(':') != std::string_view::npos) return {Problem::table, std::string(value)};
  return judge_restrictions(value, config);
}

bool permits_outright(std::string_view value) {
  const std::string_view word = value.substr(0, value.find_first_of(" \t,"));
  return text::all_digits(value) || text::same_word(word, "OK") || text::same_word(word, "RELAY") ||
         text::same_word(word, "PERMIT");
}

}  // namespace postlint::engine
