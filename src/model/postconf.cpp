#include "src/model/postconf.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "grammar/main_line.hpp"
#include "grammar/restriction_list.hpp"
#include "src/model/expansion.hpp"
#include "src/model/host_name.hpp"
#include "src/model/main_cf.hpp"
#include "src/model/own_networks.hpp"
#include "src/model/postconf_master.hpp"

namespace postlint::model {

namespace {

using database::Parameter;
using database::Type;
using database::Version;
using text::Range;

/// One run of postconf(1). The functions carry the names of what they mirror in src/postconf.
class Postconf {
 public:
  Postconf(const PostconfInput& input, const PostconfRequest& request, PostconfOutput& output)
      : input_(input),
        request_(request),
        output_(output),
        database_(*input.database),
        version_(database_.version()),
        syntax_(macro_syntax(version_)),
        warn_([this](const std::string& text) { output_.warnings.push_back(printable(text)); }) {}

  /// What was being looked at when postconf gave up.
  [[nodiscard]] std::string fatal_place() const {
    std::string text = path(place_.file);
    if (place_.line != 0) text += ":" + std::to_string(place_.line);
    if (!place_.name.empty()) text += ": " + place_.name;
    return text;
  }

  void run() {
    switch (request_.what) {
      case PostconfRequest::What::main:
      case PostconfRequest::What::names:
        show_main();
        break;
      default:
        show_master();
        break;
    }
  }

 private:
  // ---- reading -------------------------------------------------------------------------------

  void show_main() {
    if (!request_.defaults) read_main();
    read_master(false);
    register_service_parameters();
    if (!request_.defaults) register_user_parameters();
    if (!only_names()) print_parameters();
    if (request_.defaults) return;
    flag_unused(main_, "main.cf", nullptr);
    flag_unused_master();
    close_deprecations();
  }

  void show_master() {
    read_master(true);
    read_main();
    register_service_parameters();
    register_user_parameters();
    if (request_.what == PostconfRequest::What::master_entries) {
      for (const PostconfMasterEntry& entry : master_.entries) print_entry(entry);
    } else {
      for (const PostconfMasterEntry& entry : master_.entries) print_settings(entry);
    }
    flag_unused_master();
    close_deprecations();
  }

  void look_at(std::string_view file, std::uint32_t line, std::string_view name = {}) {
    place_ = {file, line, std::string(name)};
  }

  void look_at_setting(const std::string& name, const PostconfMasterEntry* entry) {
    if (entry != nullptr) {
      look_at("master.cf", entry->line, name);
      return;
    }
    const auto line = main_lines_.find(name);
    look_at("main.cf", line == main_lines_.end() ? 0 : line->second, name);
  }

  [[nodiscard]] bool only_names() const { return request_.what == PostconfRequest::What::names; }

  /// Where postconf ends: only a look at the names goes on, without what was wrong.
  void die(std::string message, bool crash = false) const {
    if (!only_names()) throw PostconfFatal{std::move(message), crash};
  }

  std::string dead(std::string message) const {
    die(std::move(message));
    return {};
  }

  void name(PostconfName::Kind kind, std::string_view which, const PostconfScope* scope,
            bool in_master, std::string client_file = {}) {
    output_.names.push_back({kind, std::string(which), in_master,
                             scope != nullptr ? scope->name_space : "", std::move(client_file)});
  }

  [[nodiscard]] std::string path(std::string_view name) const {
    return input_.directory + "/" + std::string(name);
  }

  /// dict_load_fp(3).
  void read_main() {
    main_["config_directory"] = input_.directory;
    look_at("main.cf", 0);
    load(input_.main, path("main.cf"), main_);
  }

  void load(text::FileId file, const std::string& shown, PostconfDictionary& into) {
    text::LineArena arena;
    text::LogicalLineReader reader((*input_.sources)[file], file, arena);
    text::LogicalLine line;
    while (reader.next(line)) {
      if (drop_indented(line, shown)) continue;
      if (&into == &main_) look_at("main.cf", line.line);
      const std::string name = load_line(line, shown, into);
      if (&into == &main_) main_lines_[name] = line.line;
    }
  }

  /// readlline(3) drops a logical line that starts with white space.
  bool drop_indented(const text::LogicalLine& line, const std::string& shown) {
    constexpr std::size_t shown_bytes = 30;
    const std::string_view text = line.text.substr(0, line.text.find('\0'));
    if (line.text.size() != text.size() && version_ >= Version{3, 9, 0}) {
      warn_(shown + ", line " + std::to_string(line.line) + last_line(line) +
            ": text after null byte may be ignored");
    }
    if (!line.starts_with_space()) return false;
    warn_(shown + ": logical line must not start with whitespace: \"" +
          std::string(text.substr(0, shown_bytes)) + (text.size() > shown_bytes ? "..." : "") +
          "\"");
    return true;
  }

  [[nodiscard]] std::string last_line(const text::LogicalLine& line) const {
    const text::Span span = line.view().span();
    const auto last = (*input_.sources)[line.file].line_column(span.hi > 0 ? span.hi - 1 : 0).line;
    return last > line.line ? "-" + std::to_string(last) : "";
  }

  /// Returns the name that the line assigns.
  std::string load_line(const text::LogicalLine& line, const std::string& shown,
                        PostconfDictionary& into) {
    const std::string where = shown + ", line " + std::to_string(line.line) + ": ";
    const std::string_view text = line.text.substr(0, line.text.find('\0'));
    const grammar::MainLine tree = grammar::parse_main_line(text);
    const std::string quoted = ": \"" + std::string(text) + "\"";
    if (tree.kind == grammar::MainLine::Kind::missing_equals) {
      return dead(where + "missing '=' after attribute name" + quoted);
    }
    if (tree.kind == grammar::MainLine::Kind::missing_name && version_ >= Version{3, 7, 0}) {
      return dead(where + "missing attribute name" + quoted);
    }
    std::string name(text.substr(tree.name.lo, tree.name.size()));
    std::string value(text.substr(tree.value.lo, tree.value.size()));
    const auto old = into.find(name);
    if (old != into.end() && old->second != value && version_ >= Version{2, 11, 0}) {
      warn_(where + "overriding earlier entry: " + name + "=" + old->second);
    }
    into.insert_or_assign(name, std::move(value));
    return name;
  }

  void read_master(bool required) {
    look_at("master.cf", 0);
    if (!input_.master) {
      const std::string message = "open " + path("master.cf") + ": No such file or directory";
      if (required) throw PostconfFatal{message};
      warn_(message);
      return;
    }
    text::LineArena arena;
    text::LogicalLineReader reader((*input_.sources)[*input_.master], *input_.master, arena);
    text::LogicalLine line;
    while (reader.next(line)) {
      if (drop_indented(line, path("master.cf"))) continue;
      const std::string where = "file " + path("master.cf") + ": line " + std::to_string(line.line);
      look_at("master.cf", line.line);
      add_master_entry(line, where);
    }
  }

  void add_master_entry(const text::LogicalLine& line, const std::string& where) {
    try {
      master_.entries.push_back(parse_postconf_entry(line.text, where, warn_));
      master_.entries.back().line = line.line;
    } catch (const PostconfFatal& fatal) {
      die(fatal.message, fatal.crash);
    }
  }

  // ---- names that are known ------------------------------------------------------------------

  void register_service_parameters() {
    for (const PostconfMasterEntry& entry : master_.entries) {
      for (const database::Family& family : database_.families()) {
        if (family.since > version_ || !text::is_listed(family.commands, entry.words[7])) continue;
        service_[entry.words[0] + std::string(family.suffix)] = "$" + std::string(family.fallback);
      }
    }
  }

  [[nodiscard]] bool known(std::string_view name) const {
    return database_.parameter(name) != nullptr || service_.find(name) != service_.end() ||
           user_.find(std::string(name)) != user_.end();
  }

  [[nodiscard]] bool is_raw(std::string_view name) const {
    const Parameter* parameter = database_.parameter(name);
    return parameter != nullptr && parameter->type == Type::raw;
  }

  [[nodiscard]] bool is_built_in(std::string_view name) const {
    const Parameter* parameter = database_.parameter(name);
    return (parameter != nullptr && parameter->type != Type::legacy) ||
           service_.find(name) != service_.end();
  }

  // ---- values --------------------------------------------------------------------------------

  /// pcf_convert_param_node: the text of a default.
  const std::string* default_text(std::string_view name) {
    const auto made = defaults_.find(name);
    if (made != defaults_.end()) return made->second ? &*made->second : nullptr;
    std::optional<std::string> text;
    if (const Parameter* parameter = database_.parameter(name); parameter != nullptr) {
      text = built_in_default(*parameter);
    } else if (const auto found = service_.find(name); found != service_.end()) {
      text = found->second;
    }
    auto& slot = defaults_[std::string(name)] = std::move(text);
    return slot ? &*slot : nullptr;
  }

  std::optional<std::string> built_in_default(const Parameter& parameter) {
    if (parameter.name == "process_name") return "postconf";
    if (parameter.name == "process_id") return std::to_string(::getpid());
    if (parameter.name == "myhostname") return my_host_name();
    if (parameter.name == "mydomain") return my_domain();
    if (parameter.name == "mynetworks") return my_networks();
    return std::string(parameter.default_value);
  }

  /// mail_conf_lookup_eval(3): only what main.cf says, and no defaults.
  std::optional<std::string> main_value(std::string_view name) {
    const auto found = main_.find(name);
    if (request_.defaults || found == main_.end()) return std::nullopt;
    return evaluate_in(main_, found->second);
  }

  std::string evaluate_in(const PostconfDictionary& dictionary, const std::string& value) {
    const MacroLookup lookup = [&](std::string_view name) -> std::optional<MacroValue> {
      const auto found = dictionary.find(name);
      if (found == dictionary.end()) return std::nullopt;
      return MacroValue{text::in_no_file(found->second), false};
    };
    Expansion expansion = expand(text::in_no_file(value), lookup, syntax_);
    stop_on_error(expansion, "dictionary mail_dict: macro processing error");
    return expansion.text.text();
  }

  void stop_on_error(const Expansion& expansion, const std::string& message) {
    const bool fatal = expansion.status == ExpansionStatus::fatal;
    for (std::size_t i = 0; i + (fatal ? 1U : 0U) < expansion.warnings.size(); ++i) {
      warn_(expansion.warnings[i]);
    }
    if (fatal) die(expansion.warnings.back());
    if (expansion.status == ExpansionStatus::error) die(message);
    if (expansion.status == ExpansionStatus::crash) {
      die("a value refers to itself through a comparison: postconf recurses until it dies", true);
    }
  }

  /// An unknown host fact stays as a $name.
  std::string unknown_fact(const std::string& name) {
    if (std::find(output_.unknown.begin(), output_.unknown.end(), name) == output_.unknown.end()) {
      output_.unknown.push_back(name);
    }
    return "$$" + name;
  }

  std::string my_host_name() {
    if (!input_.host->name) return unknown_fact("myhostname");
    return full_host_name(*input_.host->name, [this] { return main_value("mydomain"); });
  }

  std::string my_domain() {
    const auto set = main_value("myhostname");
    if (!set && !input_.host->name) return unknown_fact("mydomain");
    return domain_of(set ? *set : my_host_name());
  }

  std::string setting_or_default(std::string_view name) {
    if (auto value = main_value(name)) return *value;
    const std::string* text = default_text(name);
    return text != nullptr ? evaluate(*text, nullptr) : "";
  }

  std::string my_networks() {
    const std::string interfaces = setting_or_default("inet_interfaces");
    const std::string style = setting_or_default("mynetworks_style");
    const std::string protocols = setting_or_default("inet_protocols");
    const auto networks =
        default_mynetworks(input_.host->addresses, {interfaces, style, protocols});
    if (!networks) return dead(networks.error().message);
    if (networks->value) return *networks->value;
    if (networks->unresolved.empty()) return unknown_fact("mynetworks");
    return dead("config variable inet_interfaces: host not found: " + networks->unresolved);
  }

  /// pcf_lookup_parameter_value.
  const std::string* value_of(std::string_view name, const PostconfMasterEntry* entry) {
    if (!request_.defaults) {
      if (entry != nullptr) {
        if (name == "process_name") return &entry->process_name;
        if (name == "service_name") return &entry->words.front();
        if (entry->scope != nullptr) {
          const auto found = entry->scope->settings.find(name);
          if (found != entry->scope->settings.end()) return &found->second;
        }
      }
      const auto found = main_.find(name);
      if (found != main_.end()) return &found->second;
    }
    return default_text(name);
  }

  /// pcf_expand_parameter_value.
  std::string evaluate(const std::string& value, const PostconfMasterEntry* entry) {
    const bool verbatim_raw = version_ >= Version{3, 11, 0};
    const MacroLookup lookup = [&](std::string_view name) -> std::optional<MacroValue> {
      const std::string* found = value_of(name, entry);
      if (found == nullptr) return std::nullopt;
      return MacroValue{text::in_no_file(*found), verbatim_raw && is_raw(name)};
    };
    Expansion expansion = expand(text::in_no_file(value), lookup, syntax_);
    stop_on_error(expansion, "macro processing error");
    return expansion.text.text();
  }

  // ---- which names are used ------------------------------------------------------------------

  void register_user_parameters() {
    collect_scopes(master_);
    for (const PostconfMasterEntry& entry : master_.entries) {
      if (entry.scope != nullptr) scan_name_space(entry.scope->settings, &entry);
    }
    for (const Parameter& parameter : database_.parameters()) {
      if (!may_refer(parameter)) continue;
      if (parameter.type != Type::raw && main_.find(parameter.name) == main_.end()) {
        look_at("main.cf", 0, parameter.name);
        scan(*default_text(parameter.name), nullptr);
      }
    }
    scan_name_space(main_, nullptr);
  }

  /// Can its default name another parameter, or end postconf? Those of the host are computed.
  static bool may_refer(const Parameter& parameter) {
    return parameter.default_value.find('$') != std::string_view::npos ||
           parameter.name == "myhostname" || parameter.name == "mydomain" ||
           parameter.name == "mynetworks";
  }

  void scan(const std::string& value, const PostconfMasterEntry* entry) {
    const auto visit = [&](std::string_view name, text::Span) { flag(name, entry, false); };
    for (const std::string& warning :
         scan_references(text::in_no_file(value), visit, syntax_).warnings) {
      warn_(warning);
    }
  }

  /// pcf_flag_user_parameter: a name that something refers to is known if anyone sets it.
  void flag(std::string_view name, const PostconfMasterEntry* entry, bool of_table) {
    bool set = false;
    if (entry != nullptr && entry->scope->settings.find(name) != entry->scope->settings.end()) {
      set = true;
      entry->scope->valid.emplace(name);
    } else if (main_.find(name) != main_.end()) {
      set = true;
      if (!known(name)) user_.emplace(name);
    }
    for (const auto& scope : master_.scopes) {
      if (entry != nullptr || scope->settings.find(name) == scope->settings.end()) continue;
      set = true;
      scope->valid.emplace(name);
    }
    if (set || of_table || known(name)) return;
    // The daemons of 2.9 do not know it either; only postconf is silent.
    if (version_ >= Version{2, 10, 0})
      warn_(path(entry != nullptr ? "master.cf" : "main.cf") +
            ": undefined parameter: " + std::string(name));
    this->name(PostconfName::Kind::undefined, name, entry != nullptr ? entry->scope : nullptr,
               entry != nullptr);
  }

  void scan_name_space(PostconfDictionary& settings, const PostconfMasterEntry* entry) {
    flag_restriction_classes(settings, entry);
    for (auto setting = settings.begin(); setting != settings.end();) {
      const auto& [name, value] = *setting;
      look_at_setting(name, entry);
      if (entry != nullptr && classes_.contains(name)) entry->scope->valid.insert(name);
      if (is_read_only(name)) {
        warn_(path(entry != nullptr ? "master.cf" : "main.cf") +
              ": read-only parameter assignment: " + name + "=" + value);
        this->name(PostconfName::Kind::read_only, name, entry != nullptr ? entry->scope : nullptr,
                   entry != nullptr);
        setting = settings.erase(setting);
        continue;
      }
      if (!is_raw(name)) {
        scan(value, entry);
        if (is_built_in(name)) flag_table_parameters(value, entry);
      }
      ++setting;
    }
  }

  void flag_restriction_classes(const PostconfDictionary& settings,
                                const PostconfMasterEntry* entry) {
    const auto found = settings.find("smtpd_restriction_classes");
    if (found == settings.end()) return;
    look_at_setting(found->first, entry);
    const std::string list = evaluate_in(settings, found->second);
    for (const Range word : grammar::parse_plain_list(list)) {
      const std::string name = list.substr(word.lo, word.size());
      if (entry == nullptr) classes_.insert(name);
      flag(name, entry, false);
    }
  }

  // ---- parameters of legacy tables, e.g. ldap:name -> name_bind --------------------------------

  void flag_table_parameters(const std::string& value, const PostconfMasterEntry* entry) {
    const std::string text = evaluate(value, entry);
    flag_tables_in(text, entry, true, 0);
  }

  void flag_tables_in(std::string_view text, const PostconfMasterEntry* entry, bool recurse,
                      int depth) {
    constexpr int max_depth = 1000;
    if (depth > max_depth) return die("braces are nested too deeply", true);
    for (const auto& [word, braced] : grammar::parse_restriction_list(text).words) {
      const std::string_view token = text.substr(word.lo, word.size());
      if (token.front() == '#' && version_ >= Version{3, 8, 0}) {
        warn_comment(text, word, entry);
        return;
      }
      if (braced) {
        const std::string_view inner = unwrap(token, entry);
        if (recurse) flag_tables_in(inner, entry, recurse, depth + 1);
        continue;
      }
      flag_table(token, entry, recurse, depth);
    }
  }

  void warn_comment(std::string_view text, Range word, const PostconfMasterEntry* entry) {
    constexpr std::size_t shown = 20;
    std::size_t rest_at = word.hi + 1;
    const std::string rest(rest_at < text.size() ? text.substr(rest_at) : std::string_view());
    warn_(path(entry != nullptr ? "master.cf" : "main.cf") +
          ": #comment after other text is not allowed: " +
          std::string(text.substr(word.lo, word.size())) + " " + rest.substr(0, shown) + "...");
  }

  std::string_view unwrap(std::string_view token, const PostconfMasterEntry* entry) {
    const grammar::Braced inner = grammar::parse_braced(token, false);
    const std::string quoted = " in \"" + std::string(token) + "\"";
    if (inner.problem == grammar::BraceProblem::no_closing)
      warn_(place(entry) + "missing '}'" + quoted);
    if (inner.problem == grammar::BraceProblem::text_after_end) {
      warn_(place(entry) + "syntax error after '}'" + quoted);
    }
    return token.substr(inner.payload.lo, inner.payload.size());
  }

  std::string place(const PostconfMasterEntry* entry) {
    const bool full = version_ >= Version{3, 8, 0};
    const std::string name = entry != nullptr ? "master.cf" : "main.cf";
    const std::string file = full ? path(name) : name;
    return entry != nullptr ? file + ":" + entry->name_space + ": " : file + ": ";
  }

  void flag_table(std::string_view token, const PostconfMasterEntry* entry, bool recurse,
                  int depth) {
    auto colon = token.find(':');
    while (colon != std::string_view::npos && is_adapter(token.substr(0, colon))) {
      token.remove_prefix(colon + 1);
      colon = token.find(':');
    }
    if (colon == std::string_view::npos) return;
    const std::string_view type = token.substr(0, colon);
    const std::string_view name = token.substr(colon + 1);
    const char first = name.empty() ? '\0' : name.front();
    if (first == '/') {
      check_client_file(type, std::string(name));
    } else if (first == '{') {
      const bool regular = version_ >= Version{3, 8, 0} && (type == "regexp" || type == "pcre");
      flag_tables_in(unwrap(name, entry), entry, recurse && !regular, depth + 1);
    } else if (first != '.') {
      for (const database::DictionarySuffix& suffix : database_.dictionary_suffixes()) {
        if (suffix.dictionary != type || !in_force(suffix)) continue;
        flag(std::string(name) + "_" + std::string(suffix.suffix), entry, true);
      }
    }
  }

  [[nodiscard]] bool is_adapter(std::string_view type) const {
    return type == "proxy" || (type == "debug" && version_ >= Version{3, 11, 0});
  }

  [[nodiscard]] bool in_force(const database::DictionarySuffix& suffix) const {
    return suffix.since <= version_ && (!suffix.removed || version_ < *suffix.removed);
  }

  void check_client_file(std::string_view type, const std::string& file) {
    const auto suffixes = database_.dictionary_suffixes();
    const bool client = std::any_of(suffixes.begin(), suffixes.end(), [&](const auto& suffix) {
      return suffix.dictionary == type && in_force(suffix);
    });
    const std::string spec = std::string(type) + ":" + file;
    if (!client || !input_.read_client_file || !client_files_.insert(spec).second) return;
    const auto content = input_.read_client_file(file);
    if (!content) return;
    if (!*content) {
      warn_("open \"" + std::string(type) + "\" configuration \"" + file +
            "\": " + content->error().message);
      return;
    }
    check_client_settings(type, spec, file, **content);
  }

  void check_client_settings(std::string_view type, const std::string& spec,
                             const std::string& file, std::string content) {
    text::SourceStore store;
    const text::FileId id = store.add(file, std::move(content));
    PostconfDictionary settings;
    text::LineArena arena;
    text::LogicalLineReader reader(store[id], id, arena);
    text::LogicalLine line;
    while (reader.next(line)) {
      if (!line.starts_with_space()) load_line(line, file, settings);
    }
    for (const database::DictionarySuffix& suffix : database_.dictionary_suffixes()) {
      if (suffix.dictionary == type && in_force(suffix)) settings.erase(std::string(suffix.suffix));
    }
    for (const auto& [name, value] : settings) {
      warn_(spec + ": unused parameter: " + name + "=" + value);
      this->name(PostconfName::Kind::unused, name, nullptr, false, file);
    }
  }

  // ---- output --------------------------------------------------------------------------------

  /// pcf_print_line: words separated by one blank, folded before column 80 on request.
  void print_line(const std::string& text) {
    constexpr std::string_view separators = " \t\r\n";
    constexpr std::size_t line_limit = 80;
    constexpr std::size_t indent = 4;
    std::size_t column = 0;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(separators, at)) != std::string::npos) {
      const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
      const std::size_t width = end - at;
      if (column > 0 && (!request_.fold || column + width < line_limit)) {
        output_.out += " ";
        ++column;
      } else if (column > 0) {
        output_.out += "\n    ";
        column = indent;
      }
      output_.out.append(text, at, width);
      column += width;
      at = end;
    }
    output_.out += "\n";
  }

  void print_setting(const std::string& name, const std::string& value) {
    if (request_.hide_value) {
      print_line(name);
    } else if (request_.hide_name) {
      print_line(value);
    } else {
      print_line(name + " = " + value);
    }
  }

  void print_parameter(const std::string& name) {
    if (request_.only_set && main_.find(name) == main_.end()) return;
    look_at_setting(name, nullptr);
    const std::string* value = value_of(name, nullptr);
    if (value == nullptr) return;
    const bool evaluated = request_.expand && !is_raw(name) && !request_.hide_value;
    print_setting(name, evaluated ? evaluate(*value, nullptr) : shown(name, *value));
  }

  /// An unknown host fact stands as "$$name" for the expansion, and is shown as "$name".
  std::string shown(std::string_view name, const std::string& value) {
    const bool fact =
        main_.find(name) == main_.end() &&
        std::find(output_.unknown.begin(), output_.unknown.end(), name) != output_.unknown.end();
    return fact ? value.substr(1) : value;
  }

  void print_parameters() {
    if (!request_.names.empty()) {
      for (const std::string& name : request_.names) {
        if (known(name)) {
          print_parameter(name);
        } else {
          warn_(name + ": unknown parameter");
        }
      }
      return;
    }
    for (const std::string& name : all_names()) print_parameter(name);
  }

  /// Sorted bytewise. The config_directory that -c presets is no line of main.cf.
  std::vector<std::string> all_names() {
    std::vector<std::string> names;
    if (request_.only_set) {
      for (const auto& [name, value] : main_) {
        const bool preset = name == "config_directory" && value == input_.directory;
        if (known(name) && !preset) names.push_back(name);
      }
      return names;
    }
    for (const Parameter& parameter : database_.parameters()) {
      const bool hidden =
          parameter.type == Type::legacy && main_.find(parameter.name) == main_.end();
      if (!hidden) names.emplace_back(parameter.name);
    }
    for (const auto& [name, value] : service_) names.push_back(name);
    for (const std::string& name : user_) names.push_back(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  void print_entry(const PostconfMasterEntry& entry) {
    look_at("master.cf", entry.line);
    output_.out += format_postconf_entry(entry, request_.fold, [&](const std::string& value) {
      return request_.expand ? evaluate(value, &entry) : value;
    });
  }

  void print_settings(const PostconfMasterEntry& entry) {
    if (entry.scope == nullptr) return;
    for (const auto& [name, value] : entry.scope->settings) {
      look_at_setting(name, &entry);
      const bool evaluated = request_.expand && !request_.hide_value;
      print_setting(entry.name_space + "/" + name, evaluated ? evaluate(value, &entry) : value);
    }
  }

  // ---- warnings at the end -------------------------------------------------------------------

  void flag_unused_master() {
    for (const PostconfMasterEntry& entry : master_.entries) {
      if (entry.scope != nullptr) flag_unused(entry.scope->settings, "master.cf", entry.scope);
    }
  }

  void flag_unused(const PostconfDictionary& settings, std::string_view file,
                   const PostconfScope* scope) {
    const std::string prefix = path(file) + ": ";
    for (const auto& [name, value] : settings) {
      const bool used = known(name) || (scope != nullptr && scope->valid.contains(name));
      if (!used) this->name(PostconfName::Kind::unused, name, scope, scope != nullptr);
      const auto lifetime = database_.lifetime(name);
      const bool advised =
          lifetime && lifetime->advised_since && *lifetime->advised_since <= version_;
      const std::string advice = advised ? std::string(lifetime->advice) : "";
      if (!advice.empty()) {
        deprecated_ = true;
        warn_(prefix +
              (used ? "support for parameter \"" + name + "\" will be removed; instead, "
                    : "support for parameter " + name + " has been removed; instead, ") +
              advice);
      } else if (!used) {
        warn_(prefix + "unused parameter: " + name + "=" + value);
      }
    }
  }

  void close_deprecations() {
    if (!deprecated_ || version_ < Version{3, 11, 0}) return;
    warn_("See https://www.postfix.org/DEPRECATION_README.html for details");
  }

  const PostconfInput& input_;
  const PostconfRequest& request_;
  PostconfOutput& output_;
  const database::Database& database_;
  const Version version_;
  const grammar::MacroSyntax syntax_;
  PostconfWarn warn_;

  PostconfDictionary main_;
  PostconfMaster master_;
  std::map<std::string, std::string, std::less<>> service_;  // derived names and their defaults
  std::unordered_set<std::string> user_;
  std::unordered_set<std::string> classes_;  // of main.cf
  std::unordered_set<std::string> client_files_;
  std::map<std::string, std::optional<std::string>, std::less<>> defaults_;
  std::map<std::string, std::uint32_t, std::less<>> main_lines_;
  struct Place {
    std::string_view file = "main.cf";
    std::uint32_t line = 0;
    std::string name;  // a copy: the exception unwinds what it was read from
  };
  Place place_;
  bool deprecated_ = false;
};

}  // namespace

bool is_read_only(std::string_view name) {
  return name == "process_name" || name == "service_name" || name == "process_id";
}

PostconfOutput run_postconf(const PostconfInput& input, const PostconfRequest& request) {
  PostconfOutput output;
  Postconf postconf(input, request, output);
  try {
    postconf.run();
  } catch (const PostconfFatal& fatal) {
    output.out.clear();
    output.fatal_place = postconf.fatal_place();
    output.crash = fatal.crash;
    output.fatal = printable(fatal.message);
  }
  return output;
}

}  // namespace postlint::model
