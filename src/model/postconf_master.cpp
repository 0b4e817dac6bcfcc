#include "src/model/postconf_master.hpp"

#include <algorithm>

#include "grammar/main_line.hpp"
#include "grammar/restriction_list.hpp"
#include "src/model/master_cf.hpp"

namespace postlint::model {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t line_limit = 80;
constexpr std::size_t indent = 4;

/// Text without its braces; says what was wrong as extpar(3) does.
std::string unwrap(const std::string& text, const PostconfWarn& warn) {
  const grammar::Braced inner = grammar::parse_braced(text);
  if (inner.problem == grammar::BraceProblem::no_closing)
    warn("master.cf: missing '}' in \"" + text + "\"");
  if (inner.problem == grammar::BraceProblem::text_after_end) {
    warn("master.cf: syntax error after '}' in \"" + text + "\"");
  }
  return text.substr(inner.payload.lo, inner.payload.size());
}

/// "name = value" as "name=value"; other text is left as it is, with a warning.
std::string normalize_setting(const std::string& text, const PostconfWarn& warn) {
  const grammar::MainLine tree = grammar::parse_main_line(text);
  switch (tree.kind) {
    case grammar::MainLine::Kind::missing_name:
      warn("master.cf: missing attribute name: \"" + text + "\"");
      return text;
    case grammar::MainLine::Kind::missing_equals:
      warn("master.cf: missing '=' after attribute name: \"" + text + "\"");
      return text;
    case grammar::MainLine::Kind::assignment:
      break;
  }
  return text.substr(tree.name.lo, tree.name.size()) + "=" +
         text.substr(tree.value.lo, tree.value.size());
}

bool is_option(const std::string& word) { return !word.empty() && word[0] == '-' && word != "--"; }

/// A lone "-" counts: C code compares its terminating NUL byte with the option letters, and finds
/// it among them.
bool takes_value(const std::string& option) { return option.size() < 2 || option[1] == 'o'; }

/// Brings arguments into the form "-o" "name=value", with the quirks of pcf_normalize_daemon_args.
void normalize_arguments(std::vector<std::string>& words, const PostconfWarn& warn) {
  const auto insert = [&](std::size_t at, std::string word) {
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(at), std::move(word));
  };
  std::size_t i = master_fields;
  for (; i < words.size() && is_option(words[i]); ++i) {
    // Also splits the name of "-oNAME=value" at an 'o': so does every release of postconf.
    const auto second_option = words[i].find('o', 2);
    if (second_option != std::string::npos) {
      insert(i + 1, "-" + words[i].substr(second_option));
      words[i].erase(second_option);
    }
    if (!takes_value(words[i])) continue;
    const char option = words[i].size() > 1 ? words[i][1] : '\0';
    if (words[i].size() > 2) {
      insert(i + 1, words[i].substr(2));
      words[i].erase(2);
    } else if (i + 1 == words.size()) {
      continue;
    }
    ++i;
    if (words[i].empty() || words[i][0] != '{') continue;
    words[i] = unwrap(words[i], warn);
    if (option == 'o') words[i] = normalize_setting(words[i], warn);
  }
  for (; i < words.size(); ++i) {
    if (!words[i].empty() && words[i][0] == '{') words[i] = unwrap(words[i], warn);
  }
}

[[noreturn]] void bad_field(std::string_view name, const std::string& text, std::string_view line) {
  std::string message =
      "invalid " + std::string(name) + " field \"" + text + "\" in \"" + std::string(line) + "\"";
  std::replace(message.begin(), message.end(), '\n', ' ');
  throw PostconfFatal{message};
}

bool only_digits(std::string_view text) {
  return text.find_first_not_of(digits) == std::string_view::npos;
}

void check_fields(const std::vector<std::string>& words, std::string_view line) {
  constexpr std::string_view types[] = {"unix", "fifo", "inet", "pass", "unix-dgram"};
  if (std::find(std::begin(types), std::end(types), words[1]) == std::end(types)) {
    bad_field("type", words[1], line);
  }
  constexpr std::string_view flags[] = {"private", "unprivileged", "chroot"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string& flag = words[i + 2];
    if (flag.size() != 1 || std::string_view("yn-").find(flag[0]) == std::string_view::npos) {
      bad_field(flags[i], flag, line);
    }
  }
  std::string_view wakeup = words[5];
  if (!wakeup.empty() && wakeup.back() == '?') wakeup.remove_suffix(1);
  if (wakeup != "-" && !only_digits(wakeup)) bad_field("wakeup", words[5], line);
  if (words[6] != "-" && !only_digits(words[6])) bad_field("process_limit", words[6], line);
}

bool holds_blank(std::string_view text) {
  return text.find_first_of(blanks) != std::string_view::npos;
}

}  // namespace

PostconfMasterEntry parse_postconf_entry(std::string_view line, const std::string& where,
                                         const PostconfWarn& warn) {
  line = line.substr(0, line.find('\0'));
  PostconfMasterEntry entry;
  for (const grammar::Word& word : grammar::parse_arguments(line).words) {
    entry.words.emplace_back(grammar::slice(line, word.range));
  }
  if (entry.words.size() < master_fields) throw PostconfFatal{where + ": bad field count"};
  check_fields(entry.words, line);
  normalize_arguments(entry.words, warn);
  entry.name_space = entry.words[0] + "/" + entry.words[1];
  const std::string& command = entry.words[7];
  entry.process_name = command.substr(command.rfind('/') + 1);
  return entry;
}

void collect_scopes(PostconfMaster& master) {
  std::map<std::string_view, PostconfScope*> by_name;
  for (PostconfMasterEntry& entry : master.entries) {
    for (std::size_t i = master_fields; i < entry.words.size() && is_option(entry.words[i]); ++i) {
      if (!takes_value(entry.words[i]) || i + 1 == entry.words.size()) continue;
      const std::string& option = entry.words[i];
      const std::string& value = entry.words[++i];
      const grammar::MainLine tree = grammar::parse_main_line(value);
      if (option != "-o" || tree.kind != grammar::MainLine::Kind::assignment) continue;
      PostconfScope*& scope = by_name[entry.name_space];
      if (scope == nullptr) {
        scope = master.scopes.emplace_back(std::make_unique<PostconfScope>()).get();
        scope->name_space = entry.name_space;
      }
      scope->settings[value.substr(tree.name.lo, tree.name.size())] =
          value.substr(tree.value.lo, tree.value.size());
    }
    const auto found = by_name.find(entry.name_space);
    if (found != by_name.end()) entry.scope = found->second;
  }
}

std::string format_postconf_entry(const PostconfMasterEntry& entry, bool fold,
                                  const std::function<std::string(const std::string&)>& expand) {
  constexpr std::size_t columns[] = {0, 11, 17, 25, 33, 41, 49, 57};
  std::string out;
  std::size_t column = 0;  // of the current output line, as postconf counts it
  const auto add = [&](std::string_view text) {
    out += text;
    column += text.size();
  };
  for (std::size_t i = 0; i < master_fields; ++i) {
    if (column > 0) {
      do add(" ");
      while (column < columns[i]);
    }
    add(entry.words[i]);
  }
  bool in_options = true;
  for (std::size_t i = master_fields; i < entry.words.size(); ++i) {
    const std::string& word = entry.words[i];
    std::string value;
    bool has_value = false;
    bool needs_braces = false;
    std::size_t width = word.size();
    if (in_options && !is_option(word)) {
      // postconf forgets to look for blanks in the first word that is no option.
      in_options = false;
    } else if (in_options) {
      has_value = takes_value(word) && i + 1 < entry.words.size();
      if (has_value) {
        column = line_limit;
        value = word == "-o" ? expand(entry.words[i + 1]) : entry.words[i + 1];
        needs_braces = holds_blank(value);
        width += value.size() + 3 + (needs_braces ? 2 : 0);
        ++i;
      }
    } else {
      needs_braces = holds_blank(word);
    }
    if (column > indent) {
      if (!fold || column + 1 + width < line_limit) {
        add(" ");
      } else {
        out += "\n    ";
        column = indent;
      }
    }
    if (!has_value) {
      add(needs_braces ? "{" + word + "}" : word);
      continue;
    }
    add(word);
    add(needs_braces ? " {" + value + "}" : " " + value);
    column = line_limit;
  }
  return out + "\n";
}

}  // namespace postlint::model
