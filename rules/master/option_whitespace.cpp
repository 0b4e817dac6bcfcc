#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "src/engine/rule.hpp"

namespace postlint::rules::master::option_whitespace {

constexpr RuleInfo info{.id = "master/option-whitespace",
                        .title = "a -o option is torn by white space, or lacks its '='",
                        .severity = Severity::error,
                        .needs_master = true};

using model::ArgumentToken;
using model::MasterEntry;
using Kind = model::MasterProblem::Kind;

constexpr std::string_view blanks = " \t\r\n\v\f";

/// Words of an entry that belong together: a -o, its value, and what stands loose behind it.
struct Group {
  std::size_t first = 0;
  std::size_t value = 0;  // the word that holds the value; == first: attached, or no -o at all
  std::size_t loose = 0;  // first loose word
  std::size_t end = 0;    // behind the last loose word
};

bool is_option(const ArgumentToken& token) {
  const std::string_view word = token.text.text();
  return !token.braced && word.size() > 1 && word.front() == '-' && word != "--";
}

/// Does the option word take the next word (getopt(3) as the skeletons of the servers call it)?
bool takes_next(std::string_view word) {
  const auto at = word.find_first_of("imnorst", 1);
  return at != std::string_view::npos && at + 1 == word.size();
}

bool is_dash_o(const ArgumentToken& token) {
  const std::string_view word = token.text.text();
  return is_option(token) && word.find_first_of("imnorst", 1) == word.find('o', 1);
}

/// smtp(8) and lmtp(8) take flags= behind their options.
bool is_attribute(const MasterEntry& entry, const ArgumentToken& token) {
  return (entry.program() == "smtp" || entry.program() == "lmtp") &&
         token.text.text().starts_with("flags=");
}

std::vector<Group> groups_of(const MasterEntry& entry) {
  std::vector<Group> groups;
  const auto& words = entry.arguments;
  for (std::size_t at = 0; at < words.size();) {
    Group group{at, at, at, at};
    if (is_option(words[at])) {
      if (takes_next(words[at].text.text()) && at + 1 < words.size()) ++group.value;
      group.loose = group.value + 1;
    }
    group.end = std::max(group.loose, at);
    while (group.end < words.size() && !is_option(words[group.end])) ++group.end;
    while (group.loose < group.end && is_attribute(entry, words[group.loose])) ++group.loose;
    groups.push_back(group);
    at = group.end;
  }
  return groups;
}

Span join(Span first, Span last) { return {first.file, first.lo, last.hi}; }

Span span_of(const ArgumentToken& token) { return token.text.span(); }

bool ignores(const MasterEntry& entry) { return entry.program() == "postscreen"; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// "a, b" as "a,b"; nothing where a blank is the only separator.
std::optional<std::string> without_blanks(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != ' ') {
      out += value[at];
      continue;
    }
    const bool after = !out.empty() && out.back() == ',';
    const bool before = at + 1 < value.size() && value[at + 1] == ',';
    if (!after && !before) return std::nullopt;
  }
  return out;
}

/// The words from the value to the last loose one, one blank between them.
std::string value_of(const MasterEntry& entry, const Group& group) {
  std::string text;
  for (std::size_t at = group.value; at < group.end; ++at) {
    std::string_view word = entry.arguments[at].text.text();
    if (at == group.first) word.remove_prefix(word.find('o', 1) + 1);
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

/// The option as it was meant; empty where that cannot be told.
std::string mended(const MasterEntry& entry, const Group& group, Sink& sink) {
  const std::string text = value_of(entry, group);
  const auto equals = text.find('=');
  if (entry.arguments[group.value].braced) return {};
  const bool odd = text.find_first_of("{}\"'#") != std::string::npos;
  if (equals == std::string::npos || odd) return {};
  const std::string name(trimmed(std::string_view(text).substr(0, equals)));
  const std::string_view value = trimmed(std::string_view(text).substr(equals + 1));
  if (name.empty() || name.find(' ') != std::string::npos) return {};
  if (const auto dense = without_blanks(value)) return "-o " + name + "=" + *dense;
  if (!sink.at_least(3, 0)) return {};
  return "-o { " + name + " = " + std::string(value) + " }";
}

bool is_type(std::string_view word) {
  constexpr std::string_view types[] = {"inet", "unix", "fifo", "pass", "unix-dgram"};
  return std::find(std::begin(types), std::end(types), word) != std::end(types);
}

/// Is the loose text an entry of its own, indented by mistake?
bool is_indented_entry(const MasterEntry& entry, const Group& group) {
  return group.end - group.loose >= model::master_fields &&
         is_type(entry.arguments[group.loose + 1].text.text());
}

void report_indented_entry(const MasterEntry& entry, const Group& group, Sink& sink) {
  const Span name = span_of(entry.arguments[group.loose]);
  auto finding = sink.report(info).at(name);
  finding.item(sink.text(name)).service({&entry, nullptr});
  finding.message("this line looks like an entry, but is indented, so that it goes on with ",
                  entry.display_name(), ": there is no such service, and ", entry.program(),
                  ignores(entry) ? " ignores the words" : " dies at its start");
  Span indent = name;
  indent.hi = name.lo;
  const std::string_view bytes = sink.workspace().sources()[name.file].bytes();
  while (indent.lo > 0 && (bytes[indent.lo - 1] == ' ' || bytes[indent.lo - 1] == '\t'))
    --indent.lo;
  if (indent.lo == 0 || bytes[indent.lo - 1] != '\n') return;
  finding.fix(Fix::unsafe("start it in column 1: master(8) has this service, too").remove(indent));
}

/// Is the word behind an option name the '=' that belongs to it?
bool is_equals(const ArgumentToken& token) {
  return !token.braced && token.text.text().starts_with('=');
}

/// The name that the words of a -o start with.
std::string name_of(const MasterEntry& entry, const Group& group) {
  std::string_view word = entry.arguments[group.value].text.text();
  if (group.value == group.first) word.remove_prefix(word.find('o', 1) + 1);
  return std::string(word.substr(0, word.find('=')));
}

std::string why_torn(const MasterEntry& entry, const Group& group) {
  const std::string program(entry.program());
  const std::string name = name_of(entry, group);
  const ArgumentToken& next = entry.arguments[group.loose];
  if (is_equals(next)) {
    return "white space before the '=' ends a -o option: " + program + " gets \"-o " + name +
           "\", which has no '=', and dies at its start";
  }
  const std::string argument = "\"" + std::string(next.text.text()) +
                               "\" as an argument of its own and " +
                               (ignores(entry) ? "ignores it" : "dies at its start");
  if (entry.arguments[group.value].text.text().ends_with('=')) {
    return "white space behind the '=' ends a -o option: " + program + " gets an empty " + name +
           ", and " + argument;
  }
  return "white space ends a -o option, so that " + program + " gets " + argument;
}

void report_loose(const MasterEntry& entry, const Group& group, Sink& sink) {
  const auto& words = entry.arguments;
  const std::string loose(words[group.loose].text.text());
  const bool option = group.loose > group.first && is_dash_o(words[group.first]);
  const Span last = span_of(words[group.end - 1]);
  auto finding =
      sink.report(info).at(join(span_of(words[option ? group.first : group.loose]), last));
  finding.item(loose).service({&entry, nullptr});
  if (!option) {
    finding.message(entry.program(), " takes no argument \"", loose, "\"",
                    ignores(entry) ? " and ignores it" : " and dies at its start");
    return;
  }
  finding.message(why_torn(entry, group));
  const std::string fixed = mended(entry, group, sink);
  if (fixed.empty()) return;
  finding.fix(Fix::unsafe("write " + fixed + "; the service starts again, with this setting")
                  .replace(join(span_of(words[group.first]), last), fixed));
}

/// A word that starts with '#' and what follows are for syntax/inline-comment.
void look(const MasterEntry& entry, Group group, Sink& sink) {
  for (std::size_t at = group.loose; at < group.end; ++at) {
    const ArgumentToken& word = entry.arguments[at];
    if (word.braced || !word.text.text().starts_with('#')) continue;
    group.end = at;
    break;
  }
  if (group.loose == group.end) return;
  if (is_indented_entry(entry, group)) return report_indented_entry(entry, group, sink);
  report_loose(entry, group, sink);
}

/// Does the '=' stand in the word behind the option?
bool is_torn(const MasterEntry& entry, Span option) {
  const auto& words = entry.arguments;
  const auto next = std::find_if(words.begin(), words.end(), [&](const ArgumentToken& each) {
    return span_of(each).file == option.file && span_of(each).lo >= option.hi;
  });
  return next != words.end() && is_equals(*next);
}

void report_without_equals(const model::MasterProblem& problem, const MasterEntry& entry,
                           Sink& sink) {
  sink.report(info)
      .at(problem.span)
      .message(
          "the option -o ", problem.detail, " has no '='",
          is_torn(entry, problem.span) ? ", since white space before it ends the option: " : ": ",
          entry.program(), " dies at its start")
      .item(problem.detail)
      .service({&entry, nullptr});
}

/// Is the span part of what a loose word is blamed for?
bool said(const MasterEntry& entry, const std::vector<Group>& groups, Span span) {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    if (group.loose == group.end) return false;
    const Span whole =
        join(span_of(entry.arguments[group.first]), span_of(entry.arguments[group.end - 1]));
    return span.lo >= whole.lo && span.lo < whole.hi;
  });
}

bool is_skeleton_program(std::string_view program) {
  constexpr std::string_view programs[] = {
      "anvil",    "bounce", "cleanup",  "discard",         "dnsblog", "error",    "flush",
      "lmtp",     "local",  "oqmgr",    "pickup",          "pipe",    "postlogd", "postscreen",
      "proxymap", "qmgr",   "qmqpd",    "scache",          "showq",   "smtp",     "smtpd",
      "spawn",    "tlsmgr", "tlsproxy", "trivial-rewrite", "verify",  "virtual"};
  return std::find(std::begin(programs), std::end(programs), program) != std::end(programs);
}

void check(const ConfigFile& file, Sink& sink) {
  if (file.master == nullptr) return;
  for (const model::MasterProblem& problem : file.master->problems) {
    if (!problem.entry) continue;
    const MasterEntry& entry = file.master->entries[*problem.entry];
    if (!is_skeleton_program(entry.program())) continue;
    const auto groups = groups_of(entry);
    if (problem.kind == Kind::stray_argument) {
      for (const Group& group : groups) look(entry, group, sink);
    } else if (problem.kind == Kind::option_without_equals) {
      const bool pipe = entry.program() == "pipe" || entry.program() == "spawn";
      if (pipe || !said(entry, groups, problem.span)) report_without_equals(problem, entry, sink);
    } else if (problem.kind == Kind::option_at_end) {
      sink.report(info)
          .at(problem.span)
          .message("the option -", problem.detail,
                   " at the end of the entry has no argument: ", entry.program(),
                   " dies at its start")
          .service({&entry, nullptr});
    }
  }
}

extern const Rule rule{info, {.on_file = check}};

}  // namespace postlint::rules::master::option_whitespace
