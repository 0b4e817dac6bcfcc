#include "src/model/master_cf.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "grammar/main_line.hpp"
#include "grammar/master_line.hpp"
#include "grammar/restriction_list.hpp"
#include "src/database/database.hpp"

namespace postlint::model {

namespace {

using grammar::MasterLine;
using text::LogicalLine;
using text::MappedView;
using text::Range;
using Kind = MasterProblem::Kind;

constexpr std::string_view field_names[master_fields] = {
    "service", "transport type", "private",  "unprivileged",
    "chroot",  "wakeup_time",    "max_proc", "command"};

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool valid_type(std::string_view text) {
  constexpr std::string_view types[] = {"inet", "unix", "fifo", "pass", "unix-dgram"};
  return std::find(std::begin(types), std::end(types), text) != std::end(types);
}

bool valid_flag(std::string_view text) { return text == "y" || text == "n" || text == "-"; }

/// master(8) wants a digit first, postconf(1) digits only: a file has to satisfy both.
bool valid_number(std::string_view text) {
  return text == "-" || (!text.empty() && only(text, "0123456789"));
}

bool valid_wakeup(std::string_view text) {
  if (text == "-") return true;
  if (!text.empty() && text.back() == '?') text.remove_suffix(1);
  return !text.empty() && only(text, "0123456789");
}

bool valid_field(Field field, std::string_view text) {
  switch (field) {
    case Field::type:
      return valid_type(text);
    case Field::private_:
    case Field::unprivileged:
    case Field::chroot:
      return valid_flag(text);
    case Field::wakeup:
      return valid_wakeup(text);
    case Field::process_limit:
      return valid_number(text);
    case Field::command:
      return text != "-";
    case Field::service:
      return true;
  }
  return true;
}

/// Programs of Postfix that die of an argument that is no option; postscreen(8) ignores it.
bool dies_of_stray_arguments(std::string_view program) {
  constexpr std::string_view programs[] = {
      "anvil",    "bounce",          "cleanup", "discard", "dnsblog",  "error",      "flush",
      "lmtp",     "local",           "oqmgr",   "pickup",  "postlogd", "postscreen", "proxymap",
      "qmgr",     "qmqpd",           "scache",  "showq",   "smtp",     "smtpd",      "tlsmgr",
      "tlsproxy", "trivial-rewrite", "verify",  "virtual"};
  return std::find(std::begin(programs), std::end(programs), program) != std::end(programs);
}

/// smtp(8) and lmtp(8) take attributes since Postfix 3.5: flags=DORX.
bool is_delivery_attribute(std::string_view program, std::string_view word) {
  constexpr std::string_view name = "flags=";
  return (program == "smtp" || program == "lmtp") && word.size() >= name.size() &&
         std::equal(name.begin(), name.end(), word.begin(),
                    [](char a, char b) { return a == (b == '=' ? b : (b | 0x20)); });
}

/// Options of the server skeletons (single_server(3) and its kin) that take an argument.
bool takes_argument(char option) {
  return std::string_view("imnorst").find(option) != std::string_view::npos;
}

/// One argument with its place in the line, braces removed.
struct Argument {
  Range token;
  MappedView text;
};

class EntryReader {
 public:
  EntryReader(MasterCf& master, const LogicalLine& line) : master_(master) {
    entry_.line = line.view();
    entry_.line_number = line.line;
  }

  void read() {
    const MasterLine tree = grammar::parse_master_line(entry_.line.text());
    if (tree.fields.size() < master_fields) {
      const auto missing = field_names[tree.fields.size()];
      report(Kind::field_count, entry_.line.span(),
             "missing \"" + std::string(missing) + "\" field");
      return;
    }
    for (std::size_t i = 0; i < master_fields; ++i)
      entry_.fields[i] = entry_.line.sub(tree.fields[i]);
    index_ = master_.entries.size();
    check_fields();
    read_options(read_arguments(tree));
    master_.entries.push_back(std::move(entry_));
  }

 private:
  void report(Kind kind, text::Span span, std::string detail, Field field = Field::service) {
    master_.problems.push_back({kind, field, span, entry_.line_number, std::move(detail), index_});
  }

  void check_fields() {
    for (std::size_t i = 0; i < master_fields; ++i) {
      const auto field = static_cast<Field>(i);
      if (valid_field(field, entry_.field(field))) continue;
      report(Kind::bad_field, entry_.field_span(field),
             "field \"" + std::string(field_names[i]) + "\": bad value: \"" +
                 std::string(entry_.field(field)) + "\"",
             field);
    }
    const std::string_view shared = entry_.field(Field::private_);
    if (entry_.field(Field::type) == "inet" && (shared == "y" || shared == "-")) {
      report(Kind::inet_private, entry_.field_span(Field::private_),
             "inet service cannot be private", Field::private_);
    }
  }

  std::vector<Argument> read_arguments(const MasterLine& tree) {
    std::vector<Argument> arguments;
    for (const Range token : tree.arguments) {
      const std::string_view text = entry_.line.text(token);
      Argument argument{token, entry_.line.sub(token)};
      const bool braced = text.front() == '{';
      if (braced) {
        const grammar::Braced inner = grammar::parse_braced(text);
        argument.text = argument.text.sub(inner.payload);
        if (inner.problem == grammar::BraceProblem::no_closing) {
          report(Kind::unbalanced_braces, entry_.line.span(token), "missing '}'");
        } else if (inner.problem == grammar::BraceProblem::text_after_end) {
          report(Kind::text_after_brace, entry_.line.span(token), "text after '}'");
        }
      }
      entry_.arguments.push_back({argument.text, braced});
      arguments.push_back(argument);
    }
    return arguments;
  }

  /// getopt(3) as the daemons call it: options end at the first other word, or after "--".
  void read_options(const std::vector<Argument>& arguments) {
    std::size_t i = 0;
    for (; i < arguments.size(); ++i) {
      const std::string_view word = arguments[i].text.text();
      if (word == "--") {
        ++i;
        break;
      }
      if (word.size() < 2 || word[0] != '-') break;
      i = read_option_word(arguments, i);
    }
    while (i < arguments.size() &&
           is_delivery_attribute(entry_.program(), arguments[i].text.text()))
      ++i;
    if (i < arguments.size() && dies_of_stray_arguments(entry_.program())) {
      const Range rest{arguments[i].token.lo, arguments.back().token.hi};
      report(Kind::stray_argument, entry_.line.span(rest), std::string(arguments[i].text.text()));
    }
  }

  /// Returns the index of the last word that was used.
  std::size_t read_option_word(const std::vector<Argument>& arguments, std::size_t i) {
    const MappedView word = arguments[i].text;
    const auto size = static_cast<std::uint32_t>(word.text().size());
    for (std::uint32_t at = 1; at < size; ++at) {
      const char option = word.text()[at];
      if (!takes_argument(option)) continue;
      if (at + 1 < size) {
        if (option == 'o') read_override(word.sub({at + 1, size}), arguments[i].token);
        return i;
      }
      if (i + 1 == arguments.size()) {
        report(Kind::option_at_end, entry_.line.span(arguments[i].token), std::string(1, option));
        return i;
      }
      const Range both{arguments[i].token.lo, arguments[i + 1].token.hi};
      if (option == 'o') read_override(arguments[i + 1].text, both);
      return i + 1;
    }
    return i;
  }

  void read_override(const MappedView& text, Range whole) {
    const grammar::MainLine tree = grammar::parse_main_line(text.text());
    if (tree.kind != grammar::MainLine::Kind::assignment) {
      report(Kind::option_without_equals, entry_.line.span(whole), std::string(text.text()));
      return;
    }
    entry_.overrides.push_back({text.text(tree.name), text.sub(tree.value), entry_.line.span(whole),
                                text.span(tree.name)});
  }

  MasterCf& master_;
  MasterEntry entry_;
  std::optional<std::size_t> index_;
};

/// Where the port part of an inet service begins: after the last ':' outside of [].
std::size_t port_offset(std::string_view service) {
  const auto colon = service.rfind(':');
  const auto bracket = service.rfind(']');
  if (colon == std::string_view::npos) return 0;
  if (bracket != std::string_view::npos && bracket > colon) return 0;
  return colon + 1;
}

}  // namespace

std::string MasterEntry::display_name() const {
  return std::string(field(Field::service)) + "/" + std::string(field(Field::type));
}

std::string_view MasterEntry::program() const {
  const std::string_view command = field(Field::command);
  const auto slash = command.rfind('/');
  return slash == std::string_view::npos ? command : command.substr(slash + 1);
}

std::optional<std::uint16_t> MasterEntry::port() const {
  if (field(Field::type) != "inet") return std::nullopt;
  const std::string_view text = field(Field::service).substr(port_offset(field(Field::service)));
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return database::Database::port(text);
}

std::string_view MasterEntry::host() const {
  std::string_view service = field(Field::service);
  const std::size_t offset = port_offset(service);
  if (field(Field::type) != "inet" || offset == 0) return {};
  service = service.substr(0, offset - 1);
  if (service.size() >= 2 && service.front() == '[' && service.back() == ']') {
    service = service.substr(1, service.size() - 2);
  }
  return service;
}

std::string MasterEntry::identity() const {
  const std::string_view service = field(Field::service);
  const std::string type = "/" + std::string(field(Field::type));
  if (field(Field::type) != "inet") {
    const bool is_private = field(Field::private_) != "n";
    return (is_private ? "private/" : "public/") + std::string(service) + type;
  }
  const auto number = port();
  const std::string port_text =
      number ? std::to_string(*number) : std::string(service.substr(port_offset(service)));
  const std::string_view address = host();
  return (address.empty() ? "" : "[" + std::string(address) + "]:") + port_text + type;
}

MasterCf parse_master_cf(const text::SourceStore& sources, text::FileId file) {
  MasterCf master;
  master.file = file;
  text::LogicalLineReader reader(sources[file], file, master.arena);
  LogicalLine line;
  while (reader.next(line)) {
    if (line.starts_with_space()) {
      master.problems.push_back({Kind::leading_white_space, Field::service, line.view().span(),
                                 line.line, "", std::nullopt});
      continue;
    }
    EntryReader(master, line).read();
  }
  return master;
}

}  // namespace postlint::model
