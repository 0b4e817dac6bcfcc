#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace postlint::smtpd {

/// One possible answer to a question, and what has to hold for it ("hash:/x has no such key").
template <class T>
struct Alternative {
  T value;
  std::string assumption;
};

/// What the world answers: one alternative where it is known, else every one that is possible.
template <class T>
struct Answer {
  /// What would have to be known, as a noun phrase; the same question always has the same text.
  /// Empty: it is known.
  std::string fact;
  std::vector<Alternative<T>> alternatives;
  /// What is taken for granted by all alternatives ("the table can be searched").
  std::string premise;

  static Answer known(T value) {
    Answer answer;
    answer.alternatives.push_back({std::move(value), {}});
    return answer;
  }
};

/// Plays all combinations of answers, one run of the evaluator each: depth first, by replaying the
/// choices of the run before up to the last one that has another alternative.
class Choices {
 public:
  /// The value for this run. Equal facts get equal choices within a run.
  template <class T>
  T pick(Answer<T> answer) {
    if (!answer.premise.empty()) presume(answer.premise);
    if (answer.alternatives.size() == 1) return std::move(answer.alternatives.front().value);
    Alternative<T>& chosen = answer.alternatives[choose(answer.fact, answer.alternatives.size())];
    assume(answer.fact, chosen.assumption);
    return std::move(chosen.value);
  }

  /// Prepares the next run; false when all are done.
  bool next();
  /// Plays the same choices again.
  void restart();
  /// What this run assumed, in the order of the questions: fact, assumption.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& assumed() const {
    return assumed_;
  }

  /// The premises of all runs so far.
  [[nodiscard]] const std::vector<std::string>& premises() const { return premises_; }

 private:
  struct Taken {
    std::size_t choice;
    std::size_t count;
  };
  std::size_t choose(const std::string& fact, std::size_t count);
  void assume(const std::string& fact, const std::string& assumption);
  void presume(const std::string& premise);

  std::vector<Taken> taken_;
  std::size_t at_ = 0;
  std::unordered_map<std::string, std::size_t> chosen_;
  std::vector<std::pair<std::string, std::string>> assumed_;
  std::vector<std::string> premises_;
};

}  // namespace postlint::smtpd
