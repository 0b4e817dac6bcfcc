#include "src/smtpd/relay_search.hpp"

#include <algorithm>

#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

/// So many combinations of unknown answers are played for one box.
constexpr std::size_t choice_limit = 256;

bool discards(const Step& step) {
  if (step.result != Step::Result::permit || !step.table) return false;
  const std::string_view value = step.table->result;
  return same_word(value.substr(0, value.find_first_of(" \t")), "DISCARD");
}

Path::End end_of(const SessionResult& result, std::size_t recipients, bool transaction) {
  if (!result.fatal.empty()) return Path::End::dead;
  const auto positive = [](const std::string& reply) {
    return reply.starts_with('2') || reply.starts_with('3');
  };
  const bool all = result.recipients.size() == recipients &&
                   std::all_of(result.recipients.begin(), result.recipients.end(),
                               [&](const auto& r) { return positive(r.reply); });
  if (result.hangup || !all) return Path::End::refused;
  if (transaction && !positive(result.reply)) return Path::End::refused_after_rcpt;
  return Path::End::accepted;
}

}  // namespace

PathSearch::PathSearch(const Server& server, const Facts& facts, const Space& space,
                       std::size_t budget)
    : server_(server), space_(space), world_(server, facts, space), budget_(budget) {}

/// Everything, in two parts: with HELO and without.
std::vector<Box> PathSearch::first_boxes(
    const std::function<bool(const RecipientChoice&)>& wanted) const {
  Box whole = world_.whole();
  auto recipients = std::make_shared<std::vector<std::uint32_t>>();
  for (std::size_t i = 0; i < space_.recipients.size(); ++i)
    if (wanted(space_.recipients[i])) recipients->push_back(static_cast<std::uint32_t>(i));
  whole.members[static_cast<std::size_t>(Dimension::recipient)] = std::move(recipients);
  std::vector<Box> boxes;
  for (const bool helo : {true, false}) {
    for (std::size_t t = 0; t < space_.tls.size(); ++t) {
      auto members = std::make_shared<std::vector<std::uint32_t>>();
      for (std::size_t i = 0; i < space_.helos.size(); ++i)
        if (space_.helos[i].has_value() == helo) members->push_back(static_cast<std::uint32_t>(i));
      Box box = whole;
      box.members[static_cast<std::size_t>(Dimension::helo)] = std::move(members);
      box.members[static_cast<std::size_t>(Dimension::tls)] =
          std::make_shared<std::vector<std::uint32_t>>(1, static_cast<std::uint32_t>(t));
      const bool empty = std::any_of(box.members.begin(), box.members.end(),
                                     [](const Box::Members& m) { return m->empty(); });
      if (!empty) boxes.push_back(std::move(box));
    }
  }
  std::reverse(boxes.begin(), boxes.end());
  return boxes;
}

Path PathSearch::play_once(Choices& choices) {
  ++runs_;
  Session session(server_, world_, choices, world_.request(), nullptr);
  const SessionResult result = session.play();
  Path path;
  path.box = world_.box();
  path.reply = result.replies[static_cast<std::size_t>(Stage::rcpt)].value_or(result.reply);
  path.fatal = result.fatal;
  path.end = end_of(result, world_.request().to.size(), world_.request().until > Stage::rcpt);
  path.assumed = choices.assumed();
  const std::vector<Step>& steps = session.evaluator().steps();
  path.discarded = std::any_of(steps.begin(), steps.end(), discards);
  path.dns = world_.assumed_dns();
  if (!steps.empty()) {
    path.last_item = steps.back().restriction;
    path.last_place = steps.back().span;
  }
  if (path.end == Path::End::accepted) {
    for (const std::string& text : session.assumptions())
      if (std::find(premises_.begin(), premises_.end(), text) == premises_.end())
        premises_.push_back(text);
  }
  return path;
}

bool PathSearch::run(const std::function<bool(const RecipientChoice&)>& wanted,
                     std::size_t recipients, const std::function<bool(const Path&)>& visit) {
  std::vector<Box> boxes = first_boxes(wanted);
  while (!boxes.empty()) {
    world_.enter(std::move(boxes.back()), recipients);
    boxes.pop_back();
    Choices choices;
    std::size_t played = 0;
    bool more = true;
    for (; more && played < choice_limit; ++played) {
      const Path path = play_once(choices);
      const bool goes_on = visit(path);
      if (!goes_on || runs_ >= budget_) {
        stopped_at_ = path.last_item;
        stopped_place_ = path.last_place;
        return !goes_on;
      }
      more = choices.next();
    }
    for (const std::string& premise : choices.premises())
      if (std::find(premises_.begin(), premises_.end(), premise) == premises_.end())
        premises_.push_back(premise);
    if (more) return false;
    std::vector<Box> others = world_.take_others();
    for (std::size_t i = others.size(); i-- > 0;) boxes.push_back(std::move(others[i]));
  }
  return true;
}

std::optional<Path> PathSearch::play(const std::array<std::uint32_t, dimension_count>& members,
                                     std::size_t recipients) {
  Box box;
  for (std::size_t d = 0; d < dimension_count; ++d)
    box.members[d] = std::make_shared<std::vector<std::uint32_t>>(1, members[d]);
  world_.enter(std::move(box), recipients);
  Choices choices;
  Path path = play_once(choices);
  if (!choices.assumed().empty()) return std::nullopt;
  return path;
}

}  // namespace postlint::smtpd
