#include "src/smtpd/choices.hpp"

#include <algorithm>

namespace postlint::smtpd {

bool Choices::next() {
  while (!taken_.empty() && taken_.back().choice + 1 == taken_.back().count) taken_.pop_back();
  if (taken_.empty()) return false;
  ++taken_.back().choice;
  restart();
  return true;
}

void Choices::restart() {
  at_ = 0;
  chosen_.clear();
  assumed_.clear();
}

std::size_t Choices::choose(const std::string& fact, std::size_t count) {
  const auto known = chosen_.find(fact);
  if (known != chosen_.end() && known->second < count) return known->second;
  if (at_ == taken_.size()) taken_.push_back({0, count});
  const std::size_t choice = taken_[at_++].choice;
  chosen_.emplace(fact, choice);
  return choice;
}

void Choices::assume(const std::string& fact, const std::string& assumption) {
  for (const auto& entry : assumed_)
    if (entry.first == fact) return;
  assumed_.emplace_back(fact, assumption);
}

void Choices::presume(const std::string& premise) {
  if (std::find(premises_.begin(), premises_.end(), premise) == premises_.end())
    premises_.push_back(premise);
}

}  // namespace postlint::smtpd
