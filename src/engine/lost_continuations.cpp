#include "src/engine/lost_continuations.hpp"

#include <algorithm>
#include <unordered_set>

#include "grammar/restriction_list.hpp"
#include "src/engine/odd_names.hpp"
#include "src/engine/placeholder.hpp"
#include "src/engine/value_layout.hpp"
#include "src/text/invisible.hpp"

namespace postlint::engine {

namespace {

using model::MainEntry;
using model::MainProblem;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const grammar::Word& word : grammar::parse_restriction_list(text).words) {
    words.push_back(text.substr(word.range.lo, word.range.size()));
  }
  return words;
}

/// The text waits for more: it ends in a comma, or in the backslash of other file formats.
bool hangs(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r");
  return last != std::string_view::npos && (text[last] == ',' || text[last] == '\\');
}

bool is_list(ValueKind kind) {
  return kind == ValueKind::restriction || kind == ValueKind::match_list ||
         kind == ValueKind::tables || kind == ValueKind::words;
}

class Finder {
 public:
  explicit Finder(Sink& sink) : sink_(sink) {
    for (const OddSetting& each : odd_settings(sink)) {
      const bool in_main = each.service.empty() && each.client_file.empty();
      if (in_main && each.kind == model::PostconfName::Kind::unused) unused_.insert(each.name);
    }
  }

  std::vector<LostContinuation> find(const model::MainCf& main) {
    auto problem = main.problems.begin();
    for (const MainEntry& entry : main.entries) {
      for (; problem != main.problems.end() && problem->line_number < entry.line_number();
           ++problem) {
        look_at(*problem);
      }
      look_at(entry);
    }
    std::for_each(problem, main.problems.end(), [&](const MainProblem& each) { look_at(each); });
    return std::move(found_);
  }

 private:
  void look_at(const MainProblem& problem) {
    if (problem.kind != MainProblem::Kind::missing_equals) return;
    if (owner_ == nullptr || !continues(problem.line.text())) return close();
    add(problem.line, true);
  }

  void look_at(const MainEntry& entry) {
    if (owner_ != nullptr && (open_ || hangs(last_)) && is_element(entry)) {
      return add(entry.line(), false);
    }
    close();
    owner_ = &entry;
    last_ = entry.value().text();
  }

  void add(const text::MappedView& line, bool fatal) {
    if (!open_) found_.push_back({owner_, {}, false});
    open_ = true;
    last_ = line.text();
    found_.back().lines.push_back(line);
    found_.back().fatal = found_.back().fatal || fatal;
  }

  void close() {
    owner_ = nullptr;
    open_ = false;
  }

  /// "zen.example.org=127.0.0.2": nobody's parameter, and no misspelt one.
  [[nodiscard]] bool is_element(const MainEntry& entry) const {
    return entry.name().find_first_of(".:/[{") != std::string_view::npos &&
           unused_.contains(std::string(entry.name()));
  }

  /// A line without '='.
  [[nodiscard]] bool continues(std::string_view line) const {
    const auto words = words_of(line);
    if (words.empty() || is_of_another_kind(line) || is_parameter(words.front())) return false;
    if (hangs(last_)) return line.find_first_of("<>=;") != 0;
    if (!is_list(kind_of(owner_->name(), sink_))) return false;
    if (last_.empty() && words.size() == 1) return true;
    return std::all_of(words.begin(), words.end(),
                       [&](std::string_view word) { return looks_like_element(word); });
  }

  /// Statements of a template, and lines whose indentation is no white space.
  static bool is_of_another_kind(std::string_view line) {
    const auto odd = text::invisible_characters(line);
    return holds_placeholder(line) || (!odd.empty() && odd.front().range.lo == 0);
  }

  /// "relayhost mail.example.org", "relayhost: mail.example.org"
  [[nodiscard]] bool is_parameter(std::string_view word) const {
    if (word.ends_with(':')) word.remove_suffix(1);
    return sink_.database().lifetime(word).has_value();
  }

  /// Rather than a word of a sentence.
  [[nodiscard]] bool looks_like_element(std::string_view word) const {
    return sink_.database().restriction(word) != nullptr ||
           word.find_first_of("./:$_{[@") != std::string_view::npos;
  }

  Sink& sink_;
  std::unordered_set<std::string> unused_;
  const MainEntry* owner_ = nullptr;
  std::string_view last_;  // its value, or the last of the lines that it has lost
  bool open_ = false;      // it has lost some
  std::vector<LostContinuation> found_;
};

}  // namespace

text::Span LostContinuation::span() const {
  text::Span whole = lines.front().span();
  whole.hi = lines.back().span().hi;
  return whole;
}

const std::vector<LostContinuation>& lost_continuations(Sink& sink) {
  return sink.shared<std::vector<LostContinuation>>(
      [&] { return Finder(sink).find(sink.workspace().main()); });
}

}  // namespace postlint::engine
