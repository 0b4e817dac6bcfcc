#include "src/smtpd/relay.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "src/smtpd/evaluate.hpp"
#include "src/smtpd/list_run.hpp"
#include "src/smtpd/relay_parties.hpp"
#include "src/smtpd/relay_search.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

using ChoiceKind = RecipientChoice::Kind;
using Members = std::array<std::uint32_t, dimension_count>;

constexpr std::size_t recipient_index = static_cast<std::size_t>(Dimension::recipient);

/// After the first way in was found, so many runs are spent on others.
constexpr std::size_t further_runs = 400;

Members first_of(const Box& box) {
  Members members{};
  for (std::size_t d = 0; d < dimension_count; ++d) members[d] = box.members[d]->front();
  return members;
}

Facts with_dns(const Facts& facts, const DnsFacts& assumed) {
  Facts all = facts;
  for (const auto& [name, types] : assumed.names)
    for (const auto& [type, answer] : types) all.dns.names[name].insert_or_assign(type, answer);
  return all;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end())
    list.push_back(text);
}

std::string place_key(const text::Span& span) {
  return std::to_string(span.in_file() ? span.lo : 0) + '-' + std::to_string(span.hi);
}

Step step_of(const Decision& decision) {
  Step step;
  step.list = decision.list;
  step.restriction = decision.restriction;
  step.span = decision.span;
  step.table = decision.table;
  step.result = Step::Result::permit;
  step.why = "makes the recipient an authorized destination";
  return step;
}

bool same_place(const Step& step, const Decision& decision) {
  return step.span == decision.span && step.restriction == decision.restriction;
}

/// The permits on the way, that which decided first.
std::vector<Step> permits_of(const Trace& trace) {
  std::vector<Step> permits;
  for (const Step& step : trace.steps)
    if (step.result == Step::Result::permit) permits.push_back(step);
  if (!trace.decided_by) return permits;
  const auto decided = std::find_if(permits.begin(), permits.end(), [&](const Step& step) {
    return same_place(step, *trace.decided_by);
  });
  if (decided == permits.end())
    permits.insert(permits.begin(), step_of(*trace.decided_by));
  else
    std::rotate(permits.begin(), decided, decided + 1);
  return permits;
}

/// The analysis of one service.
class Analysis {
 public:
  Analysis(const Server& server, const Facts& facts, const RelayOptions& options,
           const Space& space)
      : server_(server),
        facts_(facts),
        options_(options),
        space_(space),
        search_(server, facts, space, options.budget) {}

  void run(RelayAnalysis& result) {
    result_ = &result;
    for (const std::string& table : server_.optional_tables())
      premise("this Postfix has the driver of " + table + ", and its index is up to date");
    if (space_.addresses.empty()) {
      premise("every globally routable address is trusted by a narrow pattern");
    } else {
      bool complete =
          search([](const RecipientChoice& r) { return r.kind == ChoiceKind::foreign; }, 1);
      if (complete && refused_at_data_ && found_open_ == 0)
        complete =
            search([](const RecipientChoice& r) { return r.kind == ChoiceKind::foreign; }, 2);
      if (found_open_ == 0)
        complete =
            search([](const RecipientChoice& r) { return r.kind != ChoiceKind::foreign; }, 1) &&
            complete;
      if (!complete) give_up();
    }
    settle();
  }

 private:
  bool search(const std::function<bool(const RecipientChoice&)>& wanted, std::size_t recipients) {
    recipients_ = recipients;
    std::vector<Path> ways;
    std::set<std::string> seen;
    std::size_t first_run = 0;
    const bool complete = search_.run(wanted, recipients, [&](const Path& path) {
      ++paths_;
      if (path.end == Path::End::dead) {
        ++dead_;
        if (why_dead_.empty()) why_dead_ = path.fatal;
      }
      if (path.end == Path::End::refused_after_rcpt) refused_at_data_ = true;
      if (path.end == Path::End::accepted) {
        ways.push_back(path);
        const bool foreign = choice_of(path.box).kind == ChoiceKind::foreign;
        if (foreign && path.assumed.empty() && !path.discarded && first_run == 0)
          first_run = search_.runs();
      }
      return first_run == 0 || search_.runs() < first_run + further_runs;
    });
    std::stable_sort(ways.begin(), ways.end(),
                     [&](const Path& a, const Path& b) { return rank(a) < rank(b); });
    for (const Path& path : ways) take(path);
    return complete;
  }

  [[nodiscard]] const RecipientChoice& choice_of(const Box& box) const {
    return space_.recipients[box.members[recipient_index]->front()];
  }

  /// Certain ways before assumed ones, ordinary requests before strange ones.
  [[nodiscard]] std::size_t rank(const Path& path) const {
    std::size_t sum = path.assumed.empty() ? 0 : 1000000;
    if (path.discarded) sum += 100000;
    for (const std::uint32_t member : first_of(path.box)) sum += std::min(member, 1000U);
    return sum;
  }

  void take(const Path& path) {
    const bool certain = path.assumed.empty();
    const RecipientChoice& choice = choice_of(path.box);
    const bool open = certain && !path.discarded && choice.kind == ChoiceKind::foreign;
    if (!certain && certain_ways_ > 0 && taken_assumed_ > 50) return;
    if (!certain) ++taken_assumed_;
    RelayWitness witness;
    const bool replayed = certain ? replay(path, witness) : replay_assumed(path, witness);
    named_ = choice.kind != ChoiceKind::foreign;
    if (!replayed) {
      ++disagreements_;
      add_once(hinges_, "a defect of postlint: symbolic and concrete evaluation disagree on " +
                            path.last_item);
      return;
    }
    witness.discarded = path.discarded;
    witness.destination = choice.destination;
    if (certain) ++certain_ways_;
    if (open) ++found_open_;
    if (certain && !open) {
      ++found_limited_;
      if (!path.discarded) list_destinations(path, witness);
      if (!path.discarded) keep_others(path);
    }
    if (!certain) {
      ++found_assumed_;
      for (const auto& [fact, assumption] : path.assumed) add_once(hinges_, fact);
    }
    keep(std::move(witness));
  }

  [[nodiscard]] std::string way_key(const RelayWitness& witness) const {
    std::string key = witness.assumes.empty() ? "" : witness.assumes.front();
    if (named_) key += witness.destination + ' ';
    for (const Step& step : witness.because) {
      key += step.list + ' ' + step.restriction + ' ' + place_key(step.span);
      if (step.table) key += ' ' + place_key(step.table->span) + step.table->table;
      break;
    }
    return key;
  }

  void keep(RelayWitness witness) {
    if (witnesses_.size() >= options_.witnesses) return;
    if (!ways_.insert(way_key(witness)).second) return;
    witnesses_.push_back(std::move(witness));
  }

  /// The plainest request that takes the way, as evaluate() answers it.
  bool replay(const Path& path, RelayWitness& witness) {
    Members members = first_of(path.box);
    std::optional<Path> plain;
    for (const Dimension d : {Dimension::tls, Dimension::name, Dimension::helo, Dimension::sender,
                              Dimension::address}) {
      const std::size_t i = static_cast<std::size_t>(d);
      if (members[i] == 0) continue;
      Members other = members;
      other[i] = 0;
      const auto played = search_.play(other, recipients_);
      if (played && played->end == Path::End::accepted && played->discarded == path.discarded)
        members = other;
    }
    plain = search_.play(members, recipients_);
    if (!plain || plain->end != Path::End::accepted) return false;
    witness.request = search_.world().request_of(members, recipients_);
    witness.request.service = server_.name();
    witness.dns = plain->dns;
    if (!accepts(evaluate(server_, witness.request, with_dns(facts_, witness.dns)))) return false;
    const Trace trace = evaluate(server_, witness.request, search_.world());
    const std::optional<std::string>& reply = trace.reply_of(Stage::rcpt);
    if (trace.verdict != Verdict::accept || !reply) return false;
    witness.reply = *reply;
    witness.dialogue = dialogue_of(witness.request, trace);
    witness.because = permits_of(trace);
    witness.cause = cause_of(witness);
    return true;
  }

  /// Where evaluate() does not know what is so by definition (a foreign destination is none of this
  /// host's names), one of its outcomes has to be acceptance.
  static bool accepts(const Trace& trace) {
    if (trace.verdict == Verdict::accept) return true;
    return trace.verdict == Verdict::depends &&
           std::any_of(trace.outcomes.begin(), trace.outcomes.end(),
                       [](const Outcome& o) { return o.verdict == Verdict::accept; });
  }

  /// The entry, or the pattern of mynetworks, behind the permit that decides.
  [[nodiscard]] text::Span cause_of(const RelayWitness& witness) const {
    if (witness.because.empty()) return {};
    const Step& step = witness.because.front();
    if (step.table) return step.table->span;
    if (find_keyword(step.restriction) != Keyword::permit_mynetworks) return step.span;
    const PeerName& name = witness.request.client_name;
    const MatchOutcome match = server_.tables().mynetworks.match(
        name.status == PeerName::Status::known ? name.name : "unknown", witness.request.client);
    return match.entry.span.in_file() ? match.entry.span : match.span;
  }

  /// As far as evaluate() can tell: the request is accepted in one of its outcomes.
  bool replay_assumed(const Path& path, RelayWitness& witness) {
    witness.request = search_.world().request_of(first_of(path.box), recipients_);
    witness.request.service = server_.name();
    witness.dns = path.dns;
    for (const auto& [fact, assumption] : path.assumed) witness.assumes.push_back(assumption);
    witness.reply = path.reply;
    const Trace trace = evaluate(server_, witness.request, with_dns(facts_, witness.dns));
    witness.because = permits_of(trace);
    witness.dialogue = dialogue_of(witness.request, trace);
    // What is not certain is what is assumed.
    for (Exchange& each : witness.dialogue)
      if (each.reply.empty()) each.reply = witness.reply;
    if (trace.recipients.empty())
      for (const std::string& to : witness.request.to)
        witness.dialogue.push_back({recipient_command(to), witness.reply});
    return true;
  }

  /// One witness for each destination of the box, as far as there is room.
  void keep_others(const Path& path) {
    for (const std::uint32_t member : *path.box.members[recipient_index]) {
      if (witnesses_.size() + 1 >= options_.witnesses) return;
      if (!listed_.contains(space_.recipients[member].destination)) continue;
      Path single = path;
      single.box.members[recipient_index] = std::make_shared<std::vector<std::uint32_t>>(1, member);
      RelayWitness witness;
      if (!replay(single, witness)) continue;
      witness.destination = space_.recipients[member].destination;
      keep(std::move(witness));
    }
  }

  /// Every destination of the box: each is a key of its own.
  void list_destinations(const Path& path, const RelayWitness& witness) {
    const Step* step = witness.because.empty() ? nullptr : &witness.because.front();
    const Maps* maps =
        step != nullptr && step->table ? server_.access_table(step->table->table) : nullptr;
    const auto list = [&](const std::string& destination, const std::string& internal) {
      if (covered(destination) || !listed_.insert(destination).second) return;
      LimitedDestination entry{destination, std::nullopt, {}};
      if (step != nullptr) entry.span = step->span;
      const LookupResult hit = maps != nullptr ? entry_of(*maps, internal) : LookupResult();
      if (hit.found()) entry.entry = TableHit{hit.table, hit.span, hit.key, hit.value};
      result_->destinations.push_back(std::move(entry));
    };
    for (const std::uint32_t member : *path.box.members[recipient_index]) {
      const RecipientChoice& choice = space_.recipients[member];
      list(choice.destination, choice.internal);
      for (const auto& [destination, address] : choice.others) list(destination, address);
    }
  }

  /// Does a destination in the list stand for this address already?
  [[nodiscard]] bool covered(const std::string& address) const {
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos || at + 1 == address.size()) return false;
    if (listed_.contains(address.substr(0, at + 1))) return true;
    std::string_view domain = std::string_view(address).substr(at + 1);
    for (;;) {
      if (listed_.contains(std::string(domain))) return true;
      const std::size_t dot = domain.find('.');
      if (dot == std::string_view::npos) return false;
      domain.remove_prefix(dot + 1);
    }
  }

  [[nodiscard]] LookupResult entry_of(const Maps& maps, const std::string& address) const {
    AddressStrategy strategy;
    strategy.local_part_if_local = strategy.at_domain = false;
    strategy.domain = strategy.local_part_at = true;
    strategy.parent_domains = server_.parameters().parent_style;
    strategy.dot_parent_domains = !strategy.parent_domains;
    return find_address(maps, address, server_.local_domains(), server_.config(), strategy);
  }

  /// Can a stranger say that he is another client?
  [[nodiscard]] bool may_claim_addresses() const {
    const MatchList& hosts = server_.tables().xclient_hosts;
    return std::any_of(
        space_.addresses.begin(), space_.addresses.end(),
        [&](const std::string& address) { return hosts.match("unknown", address).matched(); });
  }

  void give_up() {
    std::string text = "budget exceeded";
    if (!search_.stopped_at().empty()) text += " at " + search_.stopped_at();
    add_once(hinges_, text);
    result_->why = text;
    result_->why_span = search_.stopped_place();
    gave_up_ = true;
  }

  void premise(const std::string& text) { add_once(result_->assumes, text); }

  void settle() {
    RelayAnalysis& r = *result_;
    r.runs = search_.runs();
    const bool filtered = !server_.tables().command_filter.empty();
    const bool claims = may_claim_addresses();
    if (claims) add_once(hinges_, "what strangers in smtpd_authorized_xclient_hosts say they are");
    if (server_.on_loopback_alone())
      premise("other hosts can connect, in spite of inet_interfaces = " +
              std::string(server_.config().text("inet_interfaces")));
    if (!server_.config().text("smtpd_upstream_proxy_protocol").empty())
      premise("only the proxy of smtpd_upstream_proxy_protocol can connect");
    const bool waits = why_dead_.starts_with("trivial-rewrite");
    if (dead_ > 0 && waits) premise(why_dead_);
    if (paths_ > 0 && dead_ == paths_ && !waits) {
      r.verdict = RelayVerdict::dead;
      r.why = why_dead_;
      return;
    }
    if (found_open_ > 0)
      r.verdict = RelayVerdict::open;
    else if (found_limited_ > 0)
      r.verdict = RelayVerdict::limited;
    else if (found_assumed_ > 0 || gave_up_ || disagreements_ > 0 || filtered || claims)
      r.verdict = RelayVerdict::depends;
    if (filtered && r.verdict == RelayVerdict::depends)
      add_once(hinges_, "what smtpd_command_filter makes of the commands");
    if (r.verdict == RelayVerdict::depends || r.verdict == RelayVerdict::limited)
      for (const std::string& text : hinges_) premise(text);
    for (const std::string& text : search_.premises()) premise(text);
    if (r.verdict == RelayVerdict::open)
      std::erase_if(witnesses_,
                    [](const RelayWitness& w) { return !w.assumes.empty() || w.discarded; });
    r.witnesses = std::move(witnesses_);
  }

  const Server& server_;
  const Facts& facts_;
  const RelayOptions& options_;
  const Space& space_;
  PathSearch search_;
  RelayAnalysis* result_ = nullptr;
  std::vector<RelayWitness> witnesses_;
  std::set<std::string> ways_, listed_;
  std::vector<std::string> hinges_;
  std::string why_dead_;
  std::size_t recipients_ = 1;
  std::size_t paths_ = 0, dead_ = 0, disagreements_ = 0, certain_ways_ = 0, taken_assumed_ = 0;
  std::size_t found_open_ = 0, found_limited_ = 0, found_assumed_ = 0;
  bool refused_at_data_ = false;
  bool gave_up_ = false;
  bool named_ = false;  // the destination at hand is one that the configuration names
};

bool list_refuses(const Server& server, ListName name) {
  constexpr std::size_t most_runs = 200;
  const RestrictionList& list = server.list(name);
  if (list.words.empty()) return false;
  const Facts facts;
  const Space space = stranger_space(server, {}, find_sources(server, name));
  SymbolicWorld world(server, facts, space);
  if (space.addresses.empty()) return false;
  std::size_t runs = 0;
  const auto play = [&](Choices& choices) {
    return ++runs < most_runs &&
           ListRun(server, space, world, choices, name, list).status() == Status::reject;
  };
  const auto all = first_boxes(world, space, [](const RecipientChoice&) { return true; });
  try {
    return play_boxes(world, all, 1, play) == SearchEnd::complete;
  } catch (const ServerDies&) {
    return false;
  } catch (const Hangup&) {
    return false;
  }
}

}  // namespace

bool relay_list_refuses(const Server& server) {
  return list_refuses(
      server, server.list(ListName::relay).words.empty() ? ListName::recipient : ListName::relay);
}

RelayAnalysis analyse_relay(const Server& server, const Facts& facts, const RelayOptions& options) {
  RelayAnalysis result;
  result.service = server.name();
  result.span = server.entry_span();
  if (!server.fatal().empty()) {
    result.verdict = RelayVerdict::dead;
    result.why = server.fatal();
    result.why_span = server.fatal_place();
    return result;
  }
  const Space space = stranger_space(server, options, find_sources(server));
  if (const auto why = server.unreachable())
    result.assumes.push_back(*why);
  else
    Analysis(server, facts, options, space).run(result);
  if (options.matrix && result.verdict != RelayVerdict::dead)
    add_parties(server, facts, space, result);
  return result;
}

}  // namespace postlint::smtpd
