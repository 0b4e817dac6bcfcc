#include "src/engine/value_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "grammar/match_list.hpp"
#include "grammar/network.hpp"
#include "grammar/restriction_list.hpp"
#include "grammar/scalar.hpp"
#include "grammar/time.hpp"
#include "grammar/tls_protocols.hpp"
#include "src/engine/odd_names.hpp"
#include "src/engine/readers.hpp"
#include "src/engine/value_layout.hpp"
#include "src/model/host_name.hpp"
#include "src/model/own_networks.hpp"
#include "src/text/ascii.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::engine {

namespace {

using database::Bounds;
using database::Database;
using database::Enumeration;
using database::Type;
using database::Version;
using grammar::NumberProblem;
using Verdict = std::optional<BadValue>;
using namespace std::string_view_literals;

using text::lower;

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// The value of one parameter, and what is known of it.
struct Subject {
  std::string name;
  std::string text;
  Type type = Type::string;
  Bounds bounds;
  char time_unit = 's';
};

BadValue dies(std::string what, std::string log, std::string meant = {}) {
  return {std::move(what), BadValue::Effect::dies, {}, std::move(log), std::move(meant), {}, {}};
}

std::string configuration(const Subject& subject) { return subject.name + " = " + subject.text; }

// ---- booleans, numbers, times ------------------------------------------------------------------

Verdict check_boolean(const Subject& subject) {
  constexpr auto yes = std::to_array(
      {"true"sv, "on"sv, "1"sv, "y"sv, "t"sv, "enable"sv, "enabled"sv, "yes."sv, "yess"sv});
  constexpr auto no = std::to_array(
      {"false"sv, "off"sv, "0"sv, "n"sv, "f"sv, "disable"sv, "disabled"sv, "none"sv, "not"sv});
  if (grammar::parse_boolean(subject.text)) return std::nullopt;
  const std::string word = lower(subject.text);
  std::string meant = contains(yes, word) ? "yes" : contains(no, word) ? "no" : "";
  return dies("is neither yes nor no", "bad boolean configuration: " + configuration(subject),
              std::move(meant));
}

/// 50M, 10 MB, 1,000: what was meant.
std::string plain_number(std::string_view text) {
  std::string digits;
  std::size_t at = 0;
  for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == ','); ++at) {
    if (text[at] != ',') digits += text[at];
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
  while (at < text.size() && text[at] == ' ') ++at;
  const std::string unit = lower(text.substr(at));
  constexpr auto units = std::to_array({"k"sv, "m"sv, "g"sv});
  if (unit.empty() || unit == "b" || unit == "bytes") return std::to_string(number);
  const auto* found = std::find(units.begin(), units.end(), unit.substr(0, 1));
  const std::string rest = unit.substr(1);
  if (found == units.end() || (!rest.empty() && rest != "b" && rest != "ib")) return {};
  for (const auto* each = units.begin(); each <= found; ++each) {
    constexpr std::int64_t kilo = 1024;
    if (number > INT64_MAX / kilo) return {};
    number *= kilo;
  }
  return std::to_string(number);
}

std::string number_problem(NumberProblem problem) {
  switch (problem) {
    case NumberProblem::empty:
      return "is empty, where a number is needed";
    case NumberProblem::trailing_text:
      return "is a number with text behind it, and units mean nothing here";
    case NumberProblem::too_large:
      return "is too large";
    default:
      return "is no number";
  }
}

Verdict check_number(const Subject& subject) {
  const bool is_long = subject.type == Type::long_integer;
  const auto number =
      is_long ? grammar::parse_long(subject.text) : grammar::parse_integer(subject.text);
  if (!number.value) {
    return dies(number_problem(number.problem),
                "bad numerical configuration: " + configuration(subject),
                plain_number(subject.text));
  }
  const std::string value = std::to_string(*number.value);
  const std::string log = "invalid " + subject.name + " parameter value " + value;
  if (subject.bounds.min != 0 && *number.value < subject.bounds.min) {
    const std::string limit = std::to_string(subject.bounds.min);
    return dies("is less than " + limit, log + " < " + limit);
  }
  if (subject.bounds.max != 0 && *number.value > subject.bounds.max) {
    const std::string limit = std::to_string(subject.bounds.max);
    return dies("is more than " + limit, log + " > " + limit);
  }
  return std::nullopt;
}

/// "10 s", 5M, 5 min: what was meant.
std::string plain_time(std::string_view text, char unit) {
  std::string squeezed;
  for (const char c : lower(text)) {
    if (c != ' ') squeezed += c;
  }
  const auto end = squeezed.find_first_not_of("0123456789");
  if (end == 0 || end == std::string::npos) return {};
  const std::string meant = squeezed.substr(0, end + 1);
  return grammar::parse_time(meant, unit).seconds ? meant : "";
}

std::string time_problem(grammar::TimeProblem problem) {
  switch (problem) {
    case grammar::TimeProblem::empty:
      return "is empty, where a time is needed";
    case grammar::TimeProblem::negative:
      return "is a negative time";
    case grammar::TimeProblem::too_large:
      return "is too long a time";
    default:
      return "is no time: a number and one of s, m, h, d, w, without blanks between";
  }
}

Verdict check_time(const Subject& subject) {
  const auto time = grammar::parse_time(subject.text, subject.time_unit);
  if (!time.seconds) {
    return dies(time_problem(time.problem),
                "parameter " + subject.name + ": bad time value or unit: " + subject.text,
                plain_time(subject.text, subject.time_unit));
  }
  const std::string log = "invalid " + subject.name + ": " + std::to_string(*time.seconds);
  if (subject.bounds.min != 0 && *time.seconds < subject.bounds.min) {
    const std::string limit = std::to_string(subject.bounds.min);
    return dies("is shorter than " + limit + "s", log + " (min " + limit + ")");
  }
  if (subject.bounds.max != 0 && *time.seconds > subject.bounds.max) {
    const std::string limit = std::to_string(subject.bounds.max);
    return dies("is longer than " + limit + "s", log + " (max " + limit + ")");
  }
  return std::nullopt;
}

Verdict check_length(const Subject& subject) {
  const auto length = static_cast<std::int64_t>(subject.text.size());
  const std::string log = "bad string length " + std::to_string(length);
  if (subject.bounds.min != 0 && length < subject.bounds.min) {
    return dies(length == 0 ? "is empty, and must not be" : "is too short",
                log + " < " + std::to_string(subject.bounds.min) + ": " + configuration(subject));
  }
  if (subject.bounds.max != 0 && length > subject.bounds.max) {
    return dies("is too long",
                log + " > " + std::to_string(subject.bounds.max) + ": " + configuration(subject));
  }
  return std::nullopt;
}

// ---- enumerations ------------------------------------------------------------------------------

std::vector<std::string> words_of(const Enumeration& enumeration, const std::string& text) {
  if (!enumeration.list) return {text};
  std::vector<std::string> words;
  for (const text::Range word : grammar::parse_plain_list(text)) {
    words.push_back(text.substr(word.lo, word.size()));
  }
  return words;
}

bool knows(const Enumeration& enumeration, const std::string& word) {
  if (enumeration.case_sensitive) return contains(enumeration.words, word);
  return std::any_of(enumeration.words.begin(), enumeration.words.end(),
                     [&](std::string_view each) { return lower(each) == lower(word); });
}

/// The first branch after the one of `version` that takes the word.
std::optional<Version> first_to_know(const std::string& name, const std::string& word,
                                     Version version) {
  for (const Version branch : database::branches()) {
    if (branch <= version || branch.same_branch(version)) continue;
    const Enumeration* enumeration = Database::enumeration(name, branch);
    if (enumeration != nullptr && knows(*enumeration, word)) return branch;
  }
  return std::nullopt;
}

std::string nearest_word(const Enumeration& enumeration, const std::string& word) {
  if (enumeration.case_sensitive) {
    for (const std::string_view each : enumeration.words) {
      if (lower(each) == lower(word)) return std::string(each);
    }
  }
  text::DidYouMean meant(word);
  for (const std::string_view each : enumeration.words) meant.offer(each);
  return std::string(meant.best());
}

std::string consequence_of(std::string_view name) {
  if (name.ends_with("ciphers")) return "TLS sessions are refused";
  if (name.ends_with("_loglevel")) return "it counts as 0";
  if (name == "milter_default_action") return "a failing milter defers mail";
  if (name == "milter_protocol") return "milters are not asked, and milter_default_action decides";
  return "Postfix ignores the word";
}

std::string all_words(const Enumeration& enumeration) {
  constexpr std::size_t most = 10;
  std::string joined;
  for (std::size_t i = 0; i < enumeration.words.size() && i < most; ++i) {
    joined += (i == 0 ? "" : ", ") + std::string(enumeration.words[i]);
  }
  return joined + (enumeration.words.size() > most ? ", ..." : "");
}

BadValue bad_word(const Subject& subject, const Enumeration& enumeration, const std::string& word,
                  Version version) {
  BadValue bad;
  const std::string subject_text = word == subject.text ? "is" : "holds \"" + word + "\", which is";
  bad.what = subject_text + " none of " + all_words(enumeration);
  const bool fatal = enumeration.on_bad_word == Enumeration::OnBadWord::fatal;
  bad.effect = fatal ? BadValue::Effect::dies : BadValue::Effect::degrades;
  if (!fatal) bad.consequence = consequence_of(subject.name);
  const std::string nearest = nearest_word(enumeration, word);
  if (!nearest.empty() && !contains(words_of(enumeration, subject.text), nearest)) {
    bad.meant = subject.text;
    bad.meant.replace(bad.meant.find(word), word.size(), nearest);
  }
  bad.came = first_to_know(subject.name, word, version);
  return bad;
}

/// The same word twice is still one.
Verdict check_alone(const Subject& subject, const Enumeration& enumeration) {
  const std::vector<std::string> words = words_of(enumeration, subject.text);
  const std::set<std::string_view> different(words.begin(), words.end());
  if (different.size() == 1) return std::nullopt;
  BadValue bad;
  bad.effect = BadValue::Effect::dies;
  bad.what = std::string(words.empty() ? "is empty" : "holds several words") +
             ", and must be one of " + all_words(enumeration);
  return bad;
}

Verdict check_words(const Subject& subject, const Enumeration& enumeration, Version version) {
  if (subject.text.empty()) {
    if (enumeration.may_be_empty) return std::nullopt;
    BadValue bad = bad_word(subject, enumeration, "", version);
    bad.came.reset();
    bad.meant.clear();
    bad.what = "is empty, and must be one of " + all_words(enumeration);
    return bad;
  }
  Verdict newer;  // a word that no release takes is the worse one
  for (const std::string& word : words_of(enumeration, subject.text)) {
    if (knows(enumeration, word)) continue;
    BadValue bad = bad_word(subject, enumeration, word, version);
    if (!bad.came) return bad;
    if (!newer) newer = std::move(bad);
  }
  if (!newer && enumeration.alone) return check_alone(subject, enumeration);
  return newer;
}

// ---- notations ---------------------------------------------------------------------------------

bool is_protocol_list(std::string_view name) {
  return name.ends_with("_tls_protocols") || name.ends_with("_tls_mandatory_protocols");
}

Verdict check_protocols(const Subject& subject, Version version) {
  const bool limits = version >= Version{3, 6, 0};
  const auto list = grammar::parse_tls_protocols(subject.text, limits);
  Verdict newer;
  for (const auto& item : list.items) {
    const std::string word = subject.text.substr(item.range.lo, item.range.size());
    BadValue bad;
    bad.effect = BadValue::Effect::degrades;
    if (item.kind == grammar::TlsProtocolItem::Kind::bad) {
      const bool server = !subject.name.starts_with("smtp_") && !subject.name.starts_with("lmtp_");
      bad.what = "holds \"" + word + "\", which is no protocol";
      bad.consequence = server ? "STARTTLS is answered 454" : "TLS sessions are given up";
      bad.log = "Invalid TLS protocol list \"" + subject.text + "\"";
      const bool is_newer = !limits && grammar::parse_tls_protocols(word, true).valid;
      if (!is_newer) return bad;
      bad.came = Version{3, 6, 0};
      if (!newer) newer = std::move(bad);
      continue;
    }
    const bool blank = word == ">=" || word == "<=";
    if (blank) {
      bad.what = "has a blank behind \"" + word + "\"";
      bad.consequence = "that limits nothing, and the protocol behind it is the only one left";
      return bad;
    }
  }
  return newer;
}

/// valid_hostname(3).
std::string host_name_problem(std::string_view name) {
  constexpr std::size_t longest = 255;
  constexpr std::size_t longest_label = 63;
  bool numeric = true;
  std::size_t label = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool last = i + 1 == name.size();
    if (alnum || c == '_') {
      if (++label > longest_label) return "has a label of more than 63 bytes";
      if (c < '0' || c > '9') numeric = false;
    } else if (c == '.') {
      if (label == 0 || last) return "has a dot too many";
      label = 0;
    } else if (c == '-') {
      ++label;
      if (label == 1 || last || name[i + 1] == '.') return "has a misplaced hyphen";
    } else {
      return "is no host name";
    }
  }
  if (numeric) return "is numeric";
  return name.size() > longest ? "is too long a host name" : "";
}

/// "mail.": Postfix looks at mydomain first.
bool empties_domain(const Subject& subject, const model::EffectiveConfig& config) {
  return subject.name == "myhostname" && config.at("mydomain").is_default() &&
         model::domain_of(subject.text).empty();
}

Verdict check_host_name(const Subject& subject, const model::EffectiveConfig& config) {
  const std::string problem = host_name_problem(subject.text);
  if (problem.empty()) return std::nullopt;
  const bool dot = subject.text.size() > 1 && subject.text.ends_with('.');
  std::string meant = dot ? subject.text.substr(0, subject.text.size() - 1) : "";
  if (!host_name_problem(meant).empty()) meant.clear();
  std::string log = empties_domain(subject, config)
                        ? "bad string length 0 < 1: mydomain = "
                        : "parameter " + subject.name + ": bad parameter value: " + subject.text;
  return dies(problem, std::move(log), std::move(meant));
}

Verdict check_relayhost(const Subject& subject, const model::EffectiveConfig& config) {
  const model::Setting& own = config.at("myhostname");
  if (!own.unknown_facts.empty() || lower(own.text()) != lower(subject.text)) return std::nullopt;
  return dies("is this host itself: it is equal to myhostname",
              "relayhost and myhostname parameter settings must not be identical: " + subject.text);
}

Verdict check_origin(const Subject& subject) {
  if (subject.text.find_first_of(" ,\t\r\n") == std::string::npos) return std::nullopt;
  return dies("holds several names, where one is needed",
              "myorigin parameter setting must not contain multiple values: " + subject.text,
              subject.text.substr(0, subject.text.find_first_of(" ,\t\r\n")));
}

/// What an inet_interfaces that holds nothing but a word for "everything" was meant to be.
bool means_all(const std::string& text) {
  const auto words = grammar::parse_plain_list(text);
  return std::all_of(words.begin(), words.end(), [&](const text::Range word) {
    const std::string_view each = std::string_view(text).substr(word.lo, word.size());
    return lower(each) == "all" || each == "*" || each == "0.0.0.0" || each == "::" ||
           each == "[::]";
  });
}

Verdict check_interfaces(const Subject& subject) {
  using Kind = model::BadInterface::Kind;
  const auto bad = model::bad_interface(subject.text);
  if (!bad) return std::nullopt;
  std::string meant = means_all(subject.text) ? "all" : "";
  if (lower(subject.text) == "loopback-only") meant = "loopback-only";
  const std::string holds = "holds \"" + bad->word + "\", ";
  switch (bad->kind) {
    case Kind::wildcard:
      return dies(holds + "which is the address of no interface", bad->log, meant);
    case Kind::network:
      return dies(holds + "a network, where addresses of interfaces are needed", bad->log);
    case Kind::not_alone:
      return dies(holds + "which counts only as the whole value, in lower case", bad->log, meant);
    case Kind::not_a_name:
      return dies(holds + "which is neither an address nor a host name", bad->log);
  }
  return std::nullopt;
}

Verdict check_verp(const Subject& subject) {
  if (subject.text.size() == 2) return std::nullopt;
  return dies("must be two characters", "bad VERP delimiters \"" + subject.text + "\"");
}

/// Lists of client addresses; mynetworks has rules of its own.
constexpr auto client_lists =
    std::to_array({"debug_peer_list"sv, "permit_mx_backup_networks"sv, "qmqpd_authorized_clients"sv,
                   "smtpd_authorized_verp_clients"sv, "smtpd_authorized_xclient_hosts"sv,
                   "smtpd_authorized_xforward_hosts"sv, "smtpd_client_event_limit_exceptions"sv,
                   "smtpd_forbid_bare_newline_exclusions"sv, "smtpd_sasl_exceptions_networks"sv});

Verdict check_networks(const Subject& subject) {
  for (const auto& item : grammar::parse_match_list(subject.text).items) {
    const std::string word = subject.text.substr(item.pattern.lo, item.pattern.size());
    if (item.kind == grammar::MatchItem::Kind::no_pattern) {
      return dies("holds a '!' without a pattern", subject.name + ": no pattern after '!'");
    }
    if (item.kind != grammar::MatchItem::Kind::network || !grammar::is_network_pattern(word)) {
      continue;
    }
    const auto pattern = grammar::parse_network(word);
    if (pattern.problem == grammar::NetworkProblem::none) continue;
    BadValue bad;
    bad.effect = BadValue::Effect::degrades;
    bad.what = "holds \"" + word + "\", which is no network";
    bad.log = subject.name + ": " + grammar::problem_text(word, pattern);
    bad.consequence = "looking a client up in the list fails";
    const std::string meant = grammar::suggested_network(word, pattern);
    if (!meant.empty() && word.front() != '[') {
      bad.meant = subject.text;
      bad.meant.replace(bad.meant.find(word), word.size(), meant);
    }
    return bad;
  }
  return std::nullopt;
}

/// maps_create(3): each element of a list of tables has the form type:name.
Verdict check_tables(const Subject& subject) {
  for (const grammar::Word& each : grammar::parse_restriction_list(subject.text).words) {
    const std::string word = subject.text.substr(each.range.lo, each.range.size());
    if (each.braced || word.find(':') != std::string::npos) continue;
    const std::string log =
        "open dictionary: expecting \"type:name\" form instead of \"" + word + "\"";
    std::string meant;
    if (word.front() == '/') {
      meant = subject.text;
      meant.replace(meant.find(word), word.size(), "hash:" + word);
    }
    return dies("holds \"" + word + "\", which has not the form type:name", log, std::move(meant));
  }
  return std::nullopt;
}

// ---- all together ------------------------------------------------------------------------------

std::optional<Subject> subject_of(const Assignment& assignment, Sink& sink) {
  Subject subject;
  subject.name = assignment.name;
  if (const database::Parameter* parameter = assignment.parameter(); parameter != nullptr) {
    subject.type = parameter->type;
    subject.bounds = parameter->bounds;
    subject.time_unit = parameter->time_unit;
    if (subject.type == Type::time && subject.time_unit == 0) {
      subject.time_unit = grammar::default_time_unit(parameter->default_value);
      if (parameter->default_value.starts_with('$')) subject.time_unit = 's';
    }
    return subject;
  }
  const database::Family* family = family_of(assignment.name, sink);
  if (family == nullptr) return std::nullopt;
  subject.type = family->type;
  subject.bounds = family->bounds;
  return subject;
}

/// The text that Postfix gets to see, if that can be told.
std::optional<std::string> text_of(const Assignment& assignment, Sink& sink) {
  const text::MappedView meant = meant_value(assignment, sink);
  const auto* parameter = assignment.parameter();
  const bool raw = parameter != nullptr && parameter->type == Type::raw;
  if (raw || meant.text().find('$') == std::string_view::npos) {
    // Nothing but stray text: other rules speak of it.
    const bool emptied = meant.text().empty() && !assignment.value.text().empty();
    if (emptied) return std::nullopt;
    return std::string(meant.text());
  }
  const model::Setting& setting = assignment.setting();
  const bool known = value_layout(assignment, sink).tidy() && setting.unknown_facts.empty() &&
                     setting.status == model::ExpansionStatus::ok &&
                     !refers_to_nothing(assignment, sink);
  return known ? std::optional(setting.text()) : std::nullopt;
}

Verdict check_text(const Subject& subject, const Assignment& assignment, Sink& sink) {
  const std::string& name = subject.name;
  if (Verdict bad = check_length(subject)) return bad;
  if (const Enumeration* words = sink.database().enumeration(name)) {
    return check_words(subject, *words, sink.version());
  }
  if (is_protocol_list(name)) return check_protocols(subject, sink.version());
  if (name == "myhostname" || name == "mydomain") {
    return check_host_name(subject, *assignment.config);
  }
  if (name == "relayhost") return check_relayhost(subject, *assignment.config);
  if (name == "myorigin") return check_origin(subject);
  if (name == "inet_interfaces") return check_interfaces(subject);
  if (name == "default_verp_delimiters") return check_verp(subject);
  if (contains(client_lists, name)) return check_networks(subject);
  if (value_kind(sink.database(), name) == ValueKind::tables) return check_tables(subject);
  return std::nullopt;
}

// ---- older releases ----------------------------------------------------------------------------

bool is_whole_number(Type type) { return type == Type::integer || type == Type::long_integer; }

/// Whatever `newer` refuses, `older` refuses, too.
bool as_strict(const database::Parameter& older, const database::Parameter& newer) {
  const bool same =
      older.type == newer.type || (is_whole_number(older.type) && is_whole_number(newer.type));
  const bool below = older.bounds.min >= newer.bounds.min;
  const bool above =
      newer.bounds.max == 0 || (older.bounds.max != 0 && older.bounds.max <= newer.bounds.max);
  return same && below && above;
}

bool as_strict(Version older, const Database& newer, std::string_view name) {
  const std::optional<database::Parameter> then = Database::built_in(name, older);
  const database::Parameter* const now = newer.parameter(name);
  if (!then || now == nullptr) return true;
  const Enumeration* const old_words = Database::enumeration(name, older);
  const Enumeration* const words = newer.enumeration(name);
  const bool graver =
      old_words != nullptr && words != nullptr && words->on_bad_word < old_words->on_bad_word;
  return as_strict(*then, *now) && !graver;
}

/// Down to the oldest release that the server may have, as far as they are as strict.
Version strict_since(std::string_view name, Sink& sink) {
  const auto& branches = database::branches();
  Version first = sink.version();
  for (std::size_t at = branches.size(); at-- > 0;) {
    const Version branch = branches[at];
    if (branch >= first) continue;
    if (branch < sink.oldest() || !as_strict(branch, sink.database(), name)) break;
    first = branch;
  }
  return first;
}

Verdict check_value(const Subject& subject, const Assignment& assignment, Sink& sink) {
  switch (subject.type) {
    case Type::boolean:
      if (sink.database().enumeration(subject.name) != nullptr) break;
      return check_boolean(subject);
    case Type::integer:
    case Type::long_integer:
      return check_number(subject);
    case Type::time:
      return check_time(subject);
    case Type::read_only:
    case Type::legacy:
      return std::nullopt;
    default:
      break;
  }
  return check_text(subject, assignment, sink);
}

}  // namespace

std::optional<BadValue> find_bad_value(const Assignment& assignment, Sink& sink) {
  auto text = text_of(assignment, sink);
  if (!text) return std::nullopt;
  return find_bad_value(assignment, std::move(*text), sink);
}

std::optional<BadValue> find_bad_value(const Assignment& assignment, std::string text, Sink& sink) {
  // compat/level-bad speaks of this one.
  if (assignment.name == "compatibility_level") return std::nullopt;
  std::optional<Subject> subject = subject_of(assignment, sink);
  if (!subject) return std::nullopt;
  subject->text = std::move(text);
  Verdict bad = check_value(*subject, assignment, sink);
  if (bad && sink.oldest() < sink.version()) bad->since = strict_since(assignment.name, sink);
  return bad;
}

}  // namespace postlint::engine
