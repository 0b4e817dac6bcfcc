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

void set_members(Box& box, Dimension d, std::vector<std::uint32_t> members) {
  box.members[static_cast<std::size_t>(d)] =
      std::make_shared<const std::vector<std::uint32_t>>(std::move(members));
}

}  // namespace

PathSearch::PathSearch(const Server& server, const Facts& facts, const Space& space,
                       std::size_t budget)
    : server_(server), space_(space), world_(server, facts, space), budget_(budget) {}

std::vector<Box> first_boxes(const SymbolicWorld& world, const Space& space,
                             const RecipientFilter& wanted) {
  std::vector<std::uint32_t> recipients;
  for (std::size_t i = 0; i < space.recipients.size(); ++i)
    if (wanted(space.recipients[i])) recipients.push_back(static_cast<std::uint32_t>(i));
  std::array<std::vector<std::uint32_t>, 2> helos;  // none, some
  for (std::size_t i = 0; i < space.helos.size(); ++i)
    helos[space.helos[i] ? 1 : 0].push_back(static_cast<std::uint32_t>(i));
  std::vector<Box> boxes;
  for (std::size_t helo = 0; helo < 2; ++helo) {
    if (helos[helo].empty() || recipients.empty()) continue;
    for (std::size_t t = space.tls.size(); t-- > 0;)
      for (std::size_t l = space.logins.size(); l-- > 0;) {
        Box box = world.whole();
        set_members(box, Dimension::recipient, recipients);
        set_members(box, Dimension::helo, helos[helo]);
        set_members(box, Dimension::tls, {static_cast<std::uint32_t>(t)});
        set_members(box, Dimension::login, {static_cast<std::uint32_t>(l)});
        boxes.push_back(std::move(box));
      }
  }
  return boxes;
}

SearchEnd play_boxes(SymbolicWorld& world, std::vector<Box> boxes, std::size_t recipients,
                     const std::function<bool(Choices&)>& play) {
  while (!boxes.empty()) {
    world.enter(std::move(boxes.back()), recipients);
    boxes.pop_back();
    Choices choices;
    bool more = true;
    for (std::size_t played = 0; more; ++played) {
      if (played == choice_limit) return SearchEnd::too_many_choices;
      if (!play(choices)) return SearchEnd::stopped;
      more = choices.next();
    }
    std::vector<Box> others = world.take_others();
    for (std::size_t i = others.size(); i-- > 0;) boxes.push_back(std::move(others[i]));
  }
  return SearchEnd::complete;
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
  if (path.end == Path::End::accepted) note_premises(session.assumptions());
  note_premises(choices.premises());
  return path;
}

void PathSearch::note_premises(const std::vector<std::string>& premises) {
  for (const std::string& text : premises)
    if (std::find(premises_.begin(), premises_.end(), text) == premises_.end())
      premises_.push_back(text);
}

bool PathSearch::run(const RecipientFilter& wanted, std::size_t recipients,
                     const std::function<bool(const Path&)>& visit) {
  bool wants_more = true;
  const SearchEnd end =
      play_boxes(world_, first_boxes(world_, space_, wanted), recipients, [&](Choices& choices) {
        const Path path = play_once(choices);
        wants_more = visit(path);
        if (wants_more && runs_ < budget_) return true;
        stopped_at_ = path.last_item;
        stopped_place_ = path.last_place;
        return false;
      });
  return end == SearchEnd::complete || !wants_more;
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
