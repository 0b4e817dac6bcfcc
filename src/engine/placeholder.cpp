#include "src/engine/placeholder.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "src/text/ascii.hpp"

namespace postlint::engine {

namespace {

using Kind = Placeholder::Kind;

/// One lookup a byte: whole tables are read.
enum Trait : unsigned char { letter = 1, label = 2, mark = 4 };

constexpr std::array<unsigned char, 256> traits = [] {
  std::array<unsigned char, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter) table[c] |= letter;
    if (is_letter || (c >= '0' && c <= '9') || c == '_' || c == '-') table[c] |= label;
  }
  for (const char c : std::string_view("{<%@_#$")) table[static_cast<unsigned char>(c)] |= mark;
  return table;
}();

bool has(char c, Trait trait) { return (traits[static_cast<unsigned char>(c)] & trait) != 0; }

bool is_capital(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_letter(char c) { return has(c, letter); }
bool in_label(char c) { return has(c, label); }
/// What notations start with.
bool opens(char c) { return has(c, mark); }
bool in_words(char c) { return in_label(c) || c == '.' || c == ' '; }

bool all_of(std::string_view text, bool (*is_good)(char)) {
  return std::all_of(text.begin(), text.end(), is_good);
}

constexpr std::string_view invented_names[] = {
    "changeme",   "change-me",   "change_me",   "replaceme",    "replace-me",    "replace_me",
    "yourdomain", "your-domain", "your_domain", "yourhostname", "your-hostname", "your_hostname"};

/// A blank stands for no character.
char before(std::string_view text, std::size_t at) { return at == 0 ? ' ' : text[at - 1]; }
char behind(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : ' '; }

/// What a pair of marks has between them, and all that stands in front of the pair.
struct Between {
  std::string_view inner;
  std::string_view head;

  [[nodiscard]] char before() const { return head.empty() ? ' ' : head.back(); }
};

/// "pcre:", behind which braces hold the table.
bool ends_with_inline_type(std::string_view head) {
  constexpr std::string_view types[] = {
      "static:", "inline:", "cidr:", "regexp:", "pcre:", "unionmap:", "pipemap:", "randmap:"};
  return std::any_of(std::begin(types), std::end(types),
                     [&](std::string_view type) { return head.ends_with(type); });
}

bool is_quote(char c) { return c == '"' || c == '\''; }

bool any(const Between& /*pair*/) { return true; }

/// `name = value`, of an inline table.
bool is_member(std::string_view inner) {
  const auto equals = inner.find('=');
  if (equals == inner.npos || behind(inner, equals + 1) == '=') return false;
  return inner.substr(0, equals).find_first_of("('\"|!<>") == inner.npos;
}

/// Not the {{...}} of inline tables and of ${{a} == {b}}.
bool is_expression(const Between& pair) {
  if (pair.before() == '$' || ends_with_inline_type(pair.head)) return false;
  const auto first = pair.inner.find_first_not_of(" -#/.$^");
  if (first != pair.inner.npos && is_quote(pair.inner[first])) return true;
  return first != pair.inner.npos && is_letter(pair.inner[first]) &&
         pair.inner.find('{') == pair.inner.npos && !is_member(pair.inner);
}

/// {{ if x }}, {{#each x}}, {{ end }}
bool is_statement(const Between& pair) {
  if (!is_expression(pair)) return false;
  const auto first = pair.inner.find_first_not_of(" -");
  const std::string_view text = pair.inner.substr(first);
  const std::string_view word = text.substr(0, text.find_first_of(" -"));
  constexpr std::string_view keywords[] = {"if", "else", "end", "range", "with"};
  return std::string_view("#/^").find(text.front()) != text.npos ||
         std::find(std::begin(keywords), std::end(keywords), word) != std::end(keywords);
}

/// ${NAME:-default} of shells, ${env["NAME"]}: not ${name:text}.
bool is_foreign_variable(const Between& pair) {
  if (pair.before() == '$') return false;
  const auto end = std::find_if_not(pair.inner.begin(), pair.inner.end(), is_capital);
  const std::string_view rest =
      pair.inner.substr(static_cast<std::size_t>(end - pair.inner.begin()));
  const bool shell = rest.size() < pair.inner.size() &&
                     (rest.starts_with(":-") || rest.starts_with(":=") || rest.starts_with(":?"));
  return shell || pair.inner.find("[\"") != pair.inner.npos ||
         pair.inner.find("['") != pair.inner.npos;
}

bool is_variable(const Between& pair) {
  return pair.inner.size() > 1 && is_letter(pair.inner.front()) && all_of(pair.inner, is_capital);
}

/// {MTA_HOSTNAME}: not ${NAME}, static:{TEXT}
bool is_braced_variable(const Between& pair) {
  return is_variable(pair) && pair.before() != '$' && pair.before() != '{' &&
         !ends_with_inline_type(pair.head);
}

/// Part of no longer word.
bool is_variable_apart(const Between& pair) {
  return is_variable(pair) && !is_capital(pair.before());
}

/// %HOST%, not %S%
bool is_long_variable_apart(const Between& pair) {
  return is_variable_apart(pair) && pair.inner.size() > 2;
}

/// @domain@, of configure scripts: no part of an address.
bool is_substitution(const Between& pair) {
  if (is_variable(pair)) return true;
  return pair.inner.size() > 1 && all_of(pair.inner, in_label) && !in_label(pair.before()) &&
         pair.before() != '.';
}

/// <your-domain>, <domain.tld>: words, but no address.
bool is_description(const Between& pair) {
  return pair.inner.size() > 2 && is_letter(pair.inner.front()) && is_letter(pair.inner.back()) &&
         all_of(pair.inner, in_words);
}

struct Notation {
  std::string_view open;
  std::string_view close;
  bool (*fits)(const Between& pair);
  Kind kind;
};

// Of two that fit at the same place the first counts.
constexpr Notation notations[] = {
    {"{{", "}}", is_statement, Kind::statement},
    {"{{", "}}", is_expression, Kind::expression},
    {"{#", "#}", any, Kind::statement},
    {"{%", "%}", any, Kind::statement},
    {"<%=", "%>", any, Kind::expression},
    {"<%", "%>", any, Kind::statement},
    {"<?", "?>", any, Kind::statement},
    {"${", "}", is_foreign_variable, Kind::expression},
    {"%%", "%%", is_variable, Kind::marker},
    {"%", "%", is_long_variable_apart, Kind::marker},
    {"@@", "@@", is_variable, Kind::marker},
    {"@", "@", is_substitution, Kind::marker},
    {"__", "__", is_variable_apart, Kind::marker},
    {"##", "##", is_variable, Kind::marker},
    {"{", "}", is_braced_variable, Kind::marker},
    {"<", ">", is_description, Kind::marker},
};

Placeholder placeholder(std::size_t lo, std::size_t hi, Kind kind) {
  return {{static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(hi)}, kind};
}

std::optional<Placeholder> pair_at(std::string_view text, std::size_t at,
                                   const Notation& notation) {
  constexpr std::size_t longest = 500;
  if (!text.substr(at).starts_with(notation.open)) return std::nullopt;
  const std::size_t lo = at + notation.open.size();
  const std::string_view rest = text.substr(lo, longest);
  const std::size_t size = rest.find(notation.close);
  if (size == rest.npos) return std::nullopt;
  const std::size_t end = lo + size + notation.close.size();
  if (!notation.fits({rest.substr(0, size), text.substr(0, at)})) return std::nullopt;
  return placeholder(at, end, notation.kind);
}

bool starts_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(),
                    [](char a, char b) { return a == (is_letter(b) ? b | 0x20 : b); });
}

/// Behind the last byte of the label that starts here.
std::size_t label_end(std::string_view text, std::size_t at) {
  while (at < text.size() && in_label(text[at])) ++at;
  return at;
}

bool is_invented(std::string_view text) {
  // The names start with these alone.
  if (std::string_view("cCrRyY").find(text.front()) == text.npos) return false;
  return std::any_of(std::begin(invented_names), std::end(invented_names),
                     [&](std::string_view name) {
                       return starts_with(text, name) && !is_letter(behind(text, name.size()));
                     });
}

/// CHANGEME_DOMAIN, mail.yourdomain.com, domain.tld: a label of a domain, or a word.
std::optional<Placeholder> name_at(std::string_view text, std::size_t at) {
  const std::size_t end = label_end(text, at);
  if (is_invented(text.substr(at))) return placeholder(at, end, Kind::name);
  constexpr std::string_view no_domain = ".tld";
  if (!starts_with(text.substr(end), no_domain)) return std::nullopt;
  if (in_label(behind(text, end + no_domain.size()))) return std::nullopt;
  return placeholder(at, end + no_domain.size(), Kind::name);
}

std::optional<Placeholder> notation_at(std::string_view text, std::size_t at) {
  for (const Notation& notation : notations) {
    if (notation.open.front() != text[at]) continue;
    if (const auto found = pair_at(text, at, notation)) return found;
  }
  return std::nullopt;
}

/// A letter that starts a label.
bool starts_label(std::string_view text, std::size_t at) {
  return is_letter(text[at]) && !in_label(before(text, at));
}

/// The first byte at or behind `at` that opens a notation; many bytes open none.
std::size_t next_opening(std::string_view text, std::size_t at) {
  constexpr std::size_t stride = 8;
  for (; at + stride <= text.size(); at += stride) {
    unsigned seen = 0;
    for (std::size_t i = 0; i < stride; ++i)
      seen |= traits[static_cast<unsigned char>(text[at + i])];
    if ((seen & mark) != 0) break;
  }
  while (at < text.size() && !opens(text[at])) ++at;
  return at;
}

/// `names`: or a name.
std::vector<Placeholder> find(std::string_view text, bool names) {
  std::vector<Placeholder> all;
  for (std::size_t at = 0; at < text.size();) {
    if (!names) at = next_opening(text, at);
    if (at == text.size()) break;
    std::optional<Placeholder> found;
    if (opens(text[at])) found = notation_at(text, at);
    if (names && starts_label(text, at)) found = name_at(text, at);
    if (found) all.push_back(*found);
    at = found ? found->range.hi : at + 1;
  }
  return all;
}

// ---- names in capitals -------------------------------------------------------------------------

constexpr std::string_view name_variables[] = {"DOMAIN",   "DOMAINNAME", "HOSTNAME",  "FQDN", "TLD",
                                               "MYDOMAIN", "MYHOSTNAME", "IPADDRESS", "IP"};

bool is_name_variable(std::string_view label) {
  return std::find(std::begin(name_variables), std::end(name_variables), label) !=
         std::end(name_variables);
}

/// SSL_CERT_PATH: of several parts.
bool is_long_variable(std::string_view label) {
  constexpr std::size_t shortest = 4;
  return label.size() >= shortest && is_letter(label.front()) && label.back() != '_' &&
         label.find('_') != label.npos && all_of(label, is_capital);
}

bool in_dotted_name(char c) { return in_label(c) || c == '.'; }

bool has_small_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// A file may be called README_FILES, and none SYMPA_DOMAIN.
bool may_follow(char c, std::string_view label) {
  if (c == '/') return is_name_variable(label.substr(label.rfind('_') + 1));
  return std::string_view(" \t\r\n,[:=!@").find(c) != std::string_view::npos;
}

/// Of ${ NAME }: a reference.
bool in_braces(std::string_view text, std::size_t at) {
  const auto last = text.substr(0, at).find_last_not_of(' ');
  return last != text.npos && (text[last] == '{' || text[last] == '(');
}

/// '=' and '*' come behind the domain of a blocklist.
bool may_be_before(char c, std::string_view name) {
  if (c == '=' || c == '*') return name.find('.') != name.npos;
  return std::string_view(" \t\r\n,]:/").find(c) != std::string_view::npos;
}

/// The label of the dotted name at `range` that is to be replaced.
std::optional<Placeholder> capital_label(std::string_view text, text::Range range) {
  const std::string_view name = text.substr(range.lo, range.size());
  const bool alone = name.find('.') == name.npos;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::size_t end = label_end(name, at);
    const std::string_view label = name.substr(at, end - at);
    const bool is_variable = is_long_variable(label) && (alone || has_small_letter(name));
    if ((is_variable || is_name_variable(label)) && may_follow(before(text, range.lo), label)) {
      return placeholder(range.lo + at, range.lo + end,
                         alone && is_variable ? Kind::marker : Kind::name);
    }
    at = end;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Placeholder> find_capital_names(std::string_view text) {
  std::vector<Placeholder> all;
  if (std::none_of(text.begin(), text.end(), text::is_upper)) return all;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!in_dotted_name(text[at])) continue;
    const std::size_t lo = at;
    while (at < text.size() && in_dotted_name(text[at])) ++at;
    const bool ends = may_be_before(behind(text, at), text.substr(lo, at - lo));
    if (!ends || in_braces(text, lo)) continue;
    const text::Range range{static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(at)};
    if (const auto found = capital_label(text, range)) all.push_back(*found);
  }
  return all;
}

namespace {

/// "@domain@": two within one word. Most tables are full of single ones.
bool may_hold_substitution(std::string_view text) {
  std::size_t last = text.find('@');
  while (last != text.npos) {
    const std::size_t next = text.find('@', last + 1);
    if (next == text.npos) return false;
    if (all_of(text.substr(last + 1, next - last - 1), in_label)) return true;
    last = next;
  }
  return false;
}

}  // namespace

bool may_hold_notation(std::string_view text) {
  constexpr std::string_view rare = "{<%";
  constexpr std::string_view pairs[] = {"__", "##"};
  const auto is_in_text = [&](const auto& what) { return text.find(what) != text.npos; };
  return std::any_of(rare.begin(), rare.end(), is_in_text) ||
         std::any_of(std::begin(pairs), std::end(pairs), is_in_text) || may_hold_substitution(text);
}

std::vector<Placeholder> find_placeholders(std::string_view text) { return find(text, true); }
std::vector<Placeholder> find_notations(std::string_view text) { return find(text, false); }
bool holds_placeholder(std::string_view text) { return !find_notations(text).empty(); }

bool is_environment_name(std::string_view name) {
  return name.size() > 1 && all_of(name, is_capital) &&
         std::any_of(name.begin(), name.end(), is_letter);
}

}  // namespace postlint::engine
