#include "src/smtpd/table_set.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "grammar/restriction_list.hpp"
#include "grammar/table_ref.hpp"
#include "src/smtpd/proxied_tables.hpp"
#include "src/smtpd/table_types.hpp"

namespace postlint::smtpd {
namespace {

using Source = database::TableType::Source;

std::set<std::string> table_names(const std::string& list) {
  std::set<std::string> names;
  for (const grammar::Word& word : grammar::parse_restriction_list(list).words) {
    names.emplace(list.substr(word.range.lo, word.range.size()));
  }
  return names;
}

}  // namespace

struct TableSet::State {
  State(const model::Workspace& w, const TableAnswers& a, MissingTables m)
      : workspace(w), answers(a), missing(m) {}

  /// Of opened tables: name and flags, as maps_create(3) registers them.
  struct Key {
    std::string type_name;
    TableFlags flags;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  const model::Workspace& workspace;
  const TableAnswers& answers;
  MissingTables missing;
  std::map<Key, const Table*> opened;
  std::deque<std::unique_ptr<Table>> tables;
  std::deque<std::string> texts;
  std::optional<ProxiedTables> proxied;
  std::optional<std::set<std::string>> aliases;
  std::optional<TableAnswers::mapped_type> accounts;
  int depth = 0;
};

/// Opens one table: dict_open(3) and the open functions of the types.
class TableOpener {
 public:
  TableOpener(const TableSet& set, TableSet::State& state, const text::MappedView& reference,
              TableFlags flags)
      : set_(set), state_(state), reference_(reference) {
    spec_.type_name = reference.text();
    spec_.flags = flags;
  }

  std::unique_ptr<Table> open() {
    if (!split()) {
      return make_fatal_table(spec_, "open dictionary: expecting \"type:name\" form instead of \"" +
                                         spec_.type_name + '"');
    }
    if (denied_) {
      std::string log = "proxymap service is not configured for table \"" + plain_name() + '"';
      // Since 3.11 only the lookups fail.
      if (state_.workspace.database().version() >= database::Version{3, 11, 0}) {
        return make_failing_table(spec_, std::move(log));
      }
      return make_fatal_table(spec_, std::move(log));
    }
    const database::TableType* type = state_.workspace.database().table_type(spec_.type);
    spec_.fixed_keys = type != nullptr && type->fixed_keys;
    if (const auto* answers = find_answers()) {
      if (!answers->contains("*") && is_readable(type)) {
        std::unique_ptr<Table> rest = open_type(type);
        spec_.fixed_keys = rest->fixed_keys();
        const Table* kept = state_.tables.emplace_back(std::move(rest)).get();
        return make_answered_table(spec_, *answers, kept);
      }
      return make_answered_table(spec_, *answers, nullptr);
    }
    return open_type(type);
  }

 private:
  static constexpr int deepest_nesting = 50;

  /// Takes the type and its proxy: prefixes off; false where there is no type:name.
  bool split() {
    const grammar::TableRef ref = grammar::parse_table_ref(reference_.text());
    using Problem = grammar::TableProblem;
    if (ref.problem == Problem::no_colon || ref.problem == Problem::empty_type ||
        ref.problem == Problem::empty_name) {
      return false;
    }
    spec_.type = reference_.text(ref.type);
    spec_.name = reference_.sub(ref.name);
    const std::string_view prefixes = reference_.text({ref.range.lo, ref.type.lo});
    denied_ = prefixes.starts_with("proxy:") && !is_proxied();
    return true;
  }

  [[nodiscard]] std::string plain_name() const {
    return spec_.type + ":" + std::string(spec_.name.text());
  }

  /// Does proxy_read_maps of the proxymap service name the table?
  bool is_proxied() {
    if (!state_.proxied) state_.proxied.emplace(state_.workspace);
    constexpr std::size_t prefix = std::string_view("proxy:").size();
    return state_.proxied->allow(std::string_view(spec_.type_name).substr(prefix));
  }

  [[nodiscard]] const std::map<std::string, std::optional<std::string>, std::less<>>* find_answers()
      const {
    auto found = state_.answers.find(spec_.type_name);
    if (found == state_.answers.end()) found = state_.answers.find(plain_name());
    return found == state_.answers.end() ? nullptr : &found->second;
  }

  static bool is_readable(const database::TableType* type) {
    return type != nullptr && type->source != Source::opaque;
  }

  std::unique_ptr<Table> open_type(const database::TableType* type) {
    if (spec_.type == "internal") return make_empty_table(spec_);
    if (type == nullptr || state_.workspace.database().version() < type->since) {
      return make_failing_table(spec_, "unsupported dictionary type: " + spec_.type);
    }
    switch (type->source) {
      case Source::indexed:
      case Source::text:
        return open_file();
      case Source::cidr:
      case Source::regexp:
      case Source::pcre:
        return has_inline_rules() ? open_rules() : open_file();
      case Source::inline_text:
        return spec_.type == "static" ? make_static_table(spec_) : make_inline_table(spec_);
      case Source::combined:
        return spec_.type == "randmap" ? make_random_table(spec_) : open_members();
      case Source::fail:
        return make_fail_table(spec_);
      case Source::proxy:
      case Source::opaque:
        break;
    }
    if (spec_.type == "unix" && spec_.name.text() != "passwd.byname" &&
        spec_.name.text() != "group.byname") {
      return make_failing_table(spec_, "unknown table: " + plain_name());
    }
    if (state_.missing == MissingTables::absent && spec_.type != "unix" &&
        spec_.type != "environ") {
      return make_failing_table(spec_, "its server or its driver is absent");
    }
    if (spec_.type == "unix" && spec_.name.text() == "passwd.byname") {
      return make_answered_table(spec_, known_accounts(), nullptr);
    }
    return make_unknown_table(spec_, "what " + spec_.type_name + " answers");
  }

  /// The accounts without which no program of Postfix starts (mail_params_init(3)), and root.
  const TableAnswers::mapped_type& known_accounts() {
    if (!state_.accounts) {
      const model::EffectiveConfig& config = state_.workspace.config();
      auto& accounts = state_.accounts.emplace();
      for (const std::string_view name :
           {std::string_view("root"), config.text("mail_owner"), config.text("default_privs")}) {
        accounts.emplace(name, std::string(name) + ":x");
      }
    }
    return *state_.accounts;
  }

  [[nodiscard]] bool has_inline_rules() const {
    return spec_.name.text().starts_with('{') &&
           state_.workspace.database().version() >= database::Version{3, 7, 0};
  }

  std::unique_ptr<Table> open_rules() {
    if (spec_.type == "cidr") return make_cidr_table(spec_);
    return spec_.type == "pcre" ? make_pcre_table(spec_) : make_regexp_table(spec_);
  }

  std::unique_ptr<Table> open_file() {
    const model::TableFile& file = state_.workspace.table_file(spec_.name.text());
    if (file.status != model::TableFile::Status::read) return open_missing();
    const TableSource source{state_.workspace.sources()[file.file], file.file};
    if (spec_.type == "cidr") return make_cidr_table(spec_, source);
    if (spec_.type == "regexp") return make_regexp_table(spec_, source);
    if (spec_.type == "pcre") return make_pcre_table(spec_, source);
    if (spec_.type == "texthash") return make_texthash_table(spec_, source);
    return is_alias_file() ? make_alias_table(spec_, source) : make_indexed_table(spec_, source);
  }

  std::unique_ptr<Table> open_missing() {
    const std::string path(spec_.name.text());
    if (state_.missing == MissingTables::unknown) {
      return make_unknown_table(spec_, "what stands in " + path);
    }
    constexpr std::string_view why = ": No such file or directory";
    const bool rules = spec_.type == "cidr" || spec_.type == "regexp" || spec_.type == "pcre";
    return make_failing_table(
        spec_, (rules ? "open " : "open database ") + path + database_suffix() + std::string(why));
  }

  [[nodiscard]] std::string database_suffix() const {
    if (spec_.type == "hash" || spec_.type == "btree") return ".db";
    if (spec_.type == "lmdb" || spec_.type == "cdb") return "." + spec_.type;
    return {};
  }

  /// postalias(1) makes the database of the tables in alias_maps and alias_database.
  bool is_alias_file() {
    if (!state_.aliases) {
      const model::EffectiveConfig& config = state_.workspace.config();
      state_.aliases = table_names(std::string(config.text("alias_maps")) + " " +
                                   std::string(config.text("alias_database")));
    }
    return state_.aliases->contains(plain_name());
  }

  std::unique_ptr<Table> open_members() {
    const std::string need =
        "bad syntax: \"" + plain_name() + "\"; need \"" + spec_.type + ":{type:name...}\"";
    const std::string_view name = spec_.name.text();
    const grammar::Braced braced = grammar::parse_braced(name, false);
    if (braced.problem != grammar::BraceProblem::none) return make_failing_table(spec_, need);
    const text::MappedView inside = spec_.name.sub(braced.payload);
    const grammar::WordList words = grammar::parse_restriction_list(inside.text());
    if (words.words.empty() || state_.depth >= deepest_nesting) {
      return make_failing_table(spec_, need);
    }
    std::vector<const Table*> members;
    ++state_.depth;
    for (const grammar::Word& word : words.words) {
      const text::MappedView member = inside.sub(word.range);
      if (member.text().find(':') == std::string_view::npos) break;
      members.push_back(&set_.open(member, spec_.flags));
    }
    --state_.depth;
    if (members.size() != words.words.size()) return make_failing_table(spec_, need);
    for (const Table* member : members) {
      if (member->fatal()) return make_fatal_table(spec_, *member->fatal());
    }
    return spec_.type == "unionmap" ? make_union_table(spec_, std::move(members))
                                    : make_pipe_table(spec_, std::move(members));
  }

  const TableSet& set_;
  TableSet::State& state_;
  text::MappedView reference_;
  TableSpec spec_;
  bool denied_ = false;
};

TableSet::TableSet(const model::Workspace& workspace, const TableAnswers& answers,
                   MissingTables missing)
    : state_(std::make_unique<State>(workspace, answers, missing)) {}
TableSet::~TableSet() = default;
TableSet::TableSet(TableSet&&) noexcept = default;

const Table& TableSet::open(const text::MappedView& type_name, TableFlags flags) const {
  const State::Key key{std::string(type_name.text()), flags};
  if (const auto found = state_->opened.find(key); found != state_->opened.end()) {
    return *found->second;
  }
  std::unique_ptr<Table> table = TableOpener(*this, *state_, type_name, flags).open();
  const Table* kept = state_->tables.emplace_back(std::move(table)).get();
  state_->opened.emplace(key, kept);
  return *kept;
}

const Table& TableSet::open(std::string_view type_name, TableFlags flags) const {
  const std::string& kept = state_->texts.emplace_back(type_name);
  return open(text::MappedView(kept, text::no_file, 0), flags);
}

const model::Workspace& TableSet::workspace() const { return state_->workspace; }
MissingTables TableSet::missing() const { return state_->missing; }

Maps::Maps(const TableSet& tables, std::string title, const text::MappedView& value,
           TableFlags flags)
    : title_(std::move(title)) {
  for (const grammar::Word& word : grammar::parse_restriction_list(value.text()).words) {
    tables_.push_back(&tables.open(value.sub(word.range), flags));
  }
}

LookupResult Maps::find(std::string_view key, bool fixed_only) const {
  if (key.empty()) return {};
  return find_from(0, key, fixed_only);
}

LookupResult Maps::find_from(std::size_t first, std::string_view key, bool fixed_only) const {
  for (std::size_t i = first; i < tables_.size(); ++i) {
    if (fixed_only && !tables_[i]->fixed_keys()) continue;
    LookupResult result = tables_[i]->lookup(key);
    if (result.absent()) continue;
    if (result.kind == LookupResult::Kind::unknown && result.values.empty()) {
      LookupResult rest = find_from(i + 1, key, fixed_only);
      if (!rest.absent()) result.otherwise.push_back(std::move(rest));
    }
    if (result.found() && result.value.empty()) {
      result.kind = LookupResult::Kind::error;
      result.reason = title_ + " lookup of " + std::string(key) + " returns an empty string result";
    }
    return result;
  }
  LookupResult absent;
  absent.key = key;
  return absent;
}

std::optional<std::string> Maps::fatal() const {
  for (const Table* table : tables_) {
    if (table->fatal()) return table->fatal();
  }
  return {};
}

namespace {

bool is_utf8(const model::EffectiveConfig& config) { return config.boolean("smtputf8_enable"); }

}  // namespace

TableFlags address_map_flags(const model::EffectiveConfig& config) {
  return {.fold_fixed_keys = true, .utf8 = is_utf8(config)};
}

TableFlags transport_map_flags(const model::EffectiveConfig& config) {
  return {.fold_fixed_keys = true, .forbid_substitution = true, .utf8 = is_utf8(config)};
}

TableFlags table_flags(std::string_view parameter, const model::EffectiveConfig& config) {
  return parameter.ends_with("transport_maps") ? transport_map_flags(config)
                                               : address_map_flags(config);
}

TableFlags match_list_flags(const model::EffectiveConfig& config) {
  return {.utf8 = is_utf8(config)};
}

TableFlags plain_map_flags() { return {.fold_fixed_keys = true}; }

}  // namespace postlint::smtpd
