#include "src/smtpd/why.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>

namespace postlint::smtpd {
namespace {

struct Line {
  std::size_t number = 0;
  std::string_view text;
  grammar::LogLine parsed;
};

/// Passes on physical lines, those of a bounce unfolded.
template <class Visit>
void each_line(std::string_view text, const Visit& visit) {
  std::string folded;  // a line of a bounce that may go on
  std::size_t first = 0;
  const auto flush = [&] {
    if (!folded.empty()) visit(Line{first, folded, grammar::parse_log_line(folded)});
    folded.clear();
  };
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) {
      flush();
      continue;
    }
    const grammar::LogLine parsed = grammar::parse_log_line(line);
    if (!parsed.program.empty()) {
      flush();
      visit(Line{number, line, parsed});
    } else if (start > 0 && !folded.empty()) {
      folded += ' ';
      folded += line.substr(start);
    } else {
      flush();
      folded = line;
      first = number;
    }
  }
  flush();
}

/// The text without what differs between equal refusals: <...>, [...].
std::string shape(std::string_view text) {
  std::string out;
  char closing = 0;
  for (const char c : text) {
    if (closing == 0) out += c;
    if (closing == 0 && (c == '<' || c == '['))
      closing = c == '<' ? '>' : ']';
    else if (c == closing)
      closing = 0;
  }
  return out;
}

std::string span_key(text::Span span) {
  return std::to_string(static_cast<std::uint32_t>(span.file)) + ':' + std::to_string(span.lo);
}

std::string place_key(const Decision& decision) {
  std::string key = decision.service + '|' + decision.list + '|' + decision.restriction + '|' +
                    span_key(decision.span);
  if (decision.table) key += '|' + decision.table->table + '|' + span_key(decision.table->span);
  return key + '\n';
}

/// What is known of a refusal, with what to do about it.
struct Known {
  std::vector<ExplainedCause> causes, alike, possible;
};

std::string key_of(const Known& known) {
  std::string key;
  for (const auto* causes : {&known.causes, &known.alike, &known.possible}) {
    for (const ExplainedCause& each : *causes)
      key += place_key(each.cause.decision) + each.remedy.classes;
    key += '\f';
  }
  return key;
}

std::string text_or_dash(const std::optional<std::string>& text) {
  return text ? '<' + *text : "-";
}

/// Refusals with equal keys have equal explanations.
std::string memory_key(const Refusal& r) {
  std::string key;
  for (const std::string& each :
       {r.syslog_name, r.client, r.client_name.name, text_or_dash(r.helo), text_or_dash(r.from),
        text_or_dash(r.to), text_or_dash(r.address), text_or_dash(r.sasl), r.reply})
    key += each + '\n';
  return key + std::to_string(static_cast<int>(r.stage)) + (r.warning ? 'w' : 'r') +
         (r.ehlo ? 'e' : 'h') + (r.logged ? 'l' : 'b');
}

class Text {
 public:
  Text(const model::Workspace& workspace, const std::vector<const Server*>& servers,
       const Facts& facts)
      : workspace_(workspace), servers_(servers), facts_(facts) {}

  /// A delivery status notification (RFC 3464) tells again what the text before it told.
  void add(const Line& source) {
    constexpr std::string_view reporter = "Remote-MTA: dns; ";
    constexpr std::string_view diagnosis = "Diagnostic-Code: smtp; ";
    if (source.text.starts_with(reporter)) {
      remote_ = source.text.substr(reporter.size());
    } else if (source.text.starts_with(diagnosis) && !remote_.empty()) {
      const std::string reply(source.text.substr(diagnosis.size()));
      if (remote_replies_.contains(reply)) return;
      const std::string told = "host " + remote_ + " said: " + reply;
      return add_line({source.number, told, grammar::parse_log_line(told)});
    }
    add_line(source);
  }

  std::vector<RefusalGroup> groups() {
    std::stable_sort(groups_.begin(), groups_.end(),
                     [](const auto& a, const auto& b) { return a.lines.size() > b.lines.size(); });
    return std::move(groups_);
  }

 private:
  void add_line(const Line& source) {
    const grammar::LogLine& line = source.parsed;
    auto elsewhere = decided_elsewhere(source.text, line, workspace_);
    const auto refusal = refusal_of(source.text, line);
    if (!elsewhere && !refusal) return;
    const bool here = refusal && (!elsewhere || elsewhere->foreign);
    static const Known nothing;
    const Known& known = here ? remembered(*refusal) : nothing;
    const std::string reply(source.text.substr(line.reply.lo, line.reply.size()));
    if (line.kind == grammar::LogLine::Kind::reply && !line.remote.empty())
      remote_replies_.insert(reply);
    std::string key = shape(reply) + '\f' + key_of(known);
    if (refusal && refusal->warning) key += "warning";
    if (elsewhere) key += elsewhere->who + '\f' + elsewhere->what;
    const auto [at, fresh] = index_.emplace(std::move(key), groups_.size());
    if (fresh) {
      RefusalGroup group;
      group.example = source.text;
      group.reply = reply;
      group.warning = refusal && refusal->warning;
      group.elsewhere = std::move(elsewhere);
      group.causes = known.causes;
      group.alike = known.alike;
      group.possible = known.possible;
      groups_.push_back(std::move(group));
    }
    groups_[at->second].lines.push_back(source.number);
  }

  const Known& remembered(const Refusal& refusal) {
    constexpr std::size_t limit = 10000;  // a log may hold millions of different refusals
    if (memory_.size() >= limit) {
      memory_.clear();
      for (const Server* server : servers_) server->resolver().forget();
    }
    const auto [at, fresh] = memory_.try_emplace(memory_key(refusal));
    if (fresh) {
      const Explanation found = explain(servers_, refusal, facts_);
      at->second = {remedied(found.causes), remedied(found.alike), remedied(found.possible)};
    }
    return at->second;
  }

  [[nodiscard]] std::vector<ExplainedCause> remedied(const std::vector<Cause>& causes) const {
    std::vector<ExplainedCause> all;
    for (const Cause& cause : causes) {
      const auto server = std::find_if(servers_.begin(), servers_.end(), [&](const Server* each) {
        return each->name() == cause.service;
      });
      all.push_back({cause, remedy(**server, cause, servers_)});
    }
    return all;
  }

  const model::Workspace& workspace_;
  const std::vector<const Server*>& servers_;
  const Facts& facts_;
  std::unordered_map<std::string, Known> memory_;
  std::map<std::string, std::size_t> index_;
  std::string remote_;                    // of the last Remote-MTA field
  std::set<std::string> remote_replies_;  // told with the host that gave them
  std::vector<RefusalGroup> groups_;
};

}  // namespace

std::vector<RefusalGroup> explain_text(std::string_view text, const model::Workspace& workspace,
                                       const std::vector<const Server*>& servers,
                                       const Facts& facts) {
  Text explained(workspace, servers, facts);
  each_line(text, [&](const Line& line) { explained.add(line); });
  return explained.groups();
}

}  // namespace postlint::smtpd
