#include "src/database/database.hpp"

#include <algorithm>
#include <cstdint>

#include "src/database/parameter_row.hpp"
#include "src/database/release_rows.hpp"
#include "src/database/tables.hpp"
#include "src/text/ascii.hpp"

namespace postlint::database {
namespace {

/// `facts`: a tables::Parameter or a ParameterRow.
template <class Facts>
bool deprecated_in(const Facts& facts, Version version) {
  if (facts.deprecated_since.empty()) return false;
  const auto since = parse_release(facts.deprecated_since);
  return since && *since <= version;
}

template <class Facts>
Parameter resolve(const Facts& facts, const Revision& revision, Version version) {
  return resolve(facts, revision, deprecated_in(facts, version));
}

/// Binary search in a sorted span of things with a name.
template <class T>
const T* find_name(std::span<const T> rows, std::string_view name) {
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const T& row, std::string_view key) { return row.name < key; });
  return at != rows.end() && at->name == name ? &*at : nullptr;
}

template <class T>
std::span<const T> equal_names(std::span<const T> rows, std::string_view name) {
  const auto first =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const T& row, std::string_view key) { return row.name < key; });
  auto last = first;
  while (last != rows.end() && last->name == name) ++last;
  return {first, last};
}

}  // namespace

/// Rows that --database files brought, and the text that they view.
struct Database::Extra {
  std::vector<std::shared_ptr<const std::string>> texts;
  std::vector<ParameterRow> rows;  // a later row of a name overrides an earlier one
};

bool Parameter::read_by(std::string_view program) const {
  const bool uses_tls_library = program == "smtpd" || program == "smtp" || program == "lmtp" ||
                                program == "tlsproxy" || program == "posttls-finger";
  return text::is_listed(daemons, "ALL") || text::is_listed(daemons, program) ||
         (uses_tls_library && text::is_listed(daemons, "TLSLIB"));
}

bool Database::known_packaging(std::string_view packaging) {
  const auto& rows = tables::packaged_defaults;
  return packaging == "upstream" || std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
           return row.packaging == packaging;
         });
}

Database::Database(Version version, std::string_view packaging) : version_(version) {
  if (version == newest_version() && packaging == default_packaging) return;
  own_.reserve(tables::parameters.size());
  for (const auto& facts : tables::parameters) {
    const auto& revision = revision_at(facts.revisions, version);
    if (revision.known) own_.push_back(resolve(facts, revision, version));
  }
  for (const auto& row : tables::packaged_defaults) {
    if (row.packaging != packaging) continue;
    for (Parameter& parameter : own_)
      if (parameter.name == row.name) parameter.default_value = row.default_value;
  }
  name_release();
  index_own();
}

/// mail_version and mail_release_date differ in every release.
void Database::name_release() {
  const tables::Release* release = nullptr;
  for (const auto& candidate : tables::releases)
    if (candidate.version <= version_) release = &candidate;
  if (!release) return;
  std::string_view number = release->mail_version;
  if (release->version != version_) {
    mail_version_ = std::make_shared<const std::string>(full_text(version_));
    number = *mail_version_;
  }
  for (auto& parameter : own_) {
    if (parameter.name == "mail_version") parameter.default_value = number;
    if (parameter.name == "mail_release_date") parameter.default_value = release->mail_release_date;
  }
}

const Parameter* Database::parameter(std::string_view name) const {
  const std::span<const Parameter> rows = parameters();
  const std::span<const std::uint16_t> index = own_.empty() ? tables::newest_index : own_index_;
  for (std::size_t at = name_hash(name);; ++at) {
    const std::uint16_t slot = index[at & (index.size() - 1)];
    if (slot == 0) return nullptr;
    const Parameter& parameter = rows[slot - 1U];
    if (parameter.name == name) return &parameter;
  }
}

void Database::index_own() {
  own_index_.assign(index_size(own_.size()), 0);
  index_names(own_, own_index_);
}

std::span<const Parameter> Database::parameters() const {
  return own_.empty() ? tables::newest : own_;
}

void Database::replace(const ParameterRow& row) {
  const auto at = std::lower_bound(
      own_.begin(), own_.end(), row.name,
      [](const Parameter& parameter, std::string_view key) { return parameter.name < key; });
  const bool present = at != own_.end() && at->name == row.name;
  const auto& revision = revision_at(row.revisions, version_);
  if (!revision.known) {
    if (present) own_.erase(at);
    return;
  }
  const auto parameter = resolve(row, revision, version_);
  if (present)
    *at = parameter;
  else
    own_.insert(at, parameter);
}

Result<int> Database::add_rows(std::string_view path, std::string_view tsv) {
  auto extra = extra_ ? std::make_shared<Extra>(*extra_) : std::make_shared<Extra>();
  const std::string_view text = *extra->texts.emplace_back(std::make_shared<std::string>(tsv));
  const auto error_at = [&](std::size_t line, const Error& error) {
    return Error{std::string(path) + ":" + std::to_string(line) + ": " + error.message};
  };
  const auto lines = split(text, "\n");
  const auto without_return = [](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  const auto format = ParameterFormat::from_header(without_return(lines.front()));
  if (!format) return error_at(1, format.error());
  int count = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto line = without_return(lines[i]);
    if (line.empty()) continue;
    auto row = format->parse(line);
    if (!row) return error_at(i + 1, row.error());
    extra->rows.push_back(std::move(*row));
    ++count;
  }
  const auto added = static_cast<std::ptrdiff_t>(count);
  if (own_.empty()) own_.assign(parameters().begin(), parameters().end());
  for (auto row = extra->rows.end() - added; row != extra->rows.end(); ++row) replace(*row);
  index_own();
  extra_ = std::move(extra);
  return count;
}

std::optional<Database::Lifetime> Database::lifetime(std::string_view name) const {
  const auto tell = [](const auto& facts, std::optional<Version> removed) {
    return Lifetime{facts.introduced,
                    {facts.backports.begin(), facts.backports.end()},
                    removed,
                    facts.advice,
                    parse_release(facts.deprecated_since)};
  };
  if (extra_) {
    const auto row = std::find_if(extra_->rows.rbegin(), extra_->rows.rend(),
                                  [&](const ParameterRow& each) { return each.name == name; });
    if (row != extra_->rows.rend()) return tell(*row, row->removed);
  }
  const auto* facts = find_name(tables::parameters, name);
  if (!facts) return std::nullopt;
  return tell(*facts, facts->removed == Version{} ? std::nullopt : std::optional(facts->removed));
}

const Restriction* Database::restriction(std::string_view word) const {
  if (std::none_of(word.begin(), word.end(), text::is_upper))
    return find_name(tables::restrictions, word);
  return find_name(tables::restrictions, text::lower(word));
}

std::span<const Restriction> Database::restrictions() const { return tables::restrictions; }

const TableType* Database::table_type(std::string_view type) const {
  return find_name(tables::table_types, type);
}

std::span<const Family> Database::families() const { return tables::families; }

std::span<const DictionarySuffix> Database::dictionary_suffixes() const {
  return tables::dictionary_suffixes;
}

std::optional<Parameter> Database::built_in(std::string_view name, Version version) {
  const auto* facts = find_name(tables::parameters, name);
  if (facts == nullptr) return std::nullopt;
  const Revision& revision = revision_at(facts->revisions, version);
  if (!revision.known) return std::nullopt;
  return resolve(*facts, revision, version);
}

const Enumeration* Database::enumeration(std::string_view parameter) const {
  return enumeration(parameter, version_);
}

const Enumeration* Database::enumeration(std::string_view parameter, Version version) {
  const tables::EnumerationSince* branch = nullptr;
  const tables::EnumerationSince* patch = nullptr;
  const auto rows = equal_names(tables::enumerations, parameter);
  for (const auto& row : rows) {
    if (row.since > version) break;
    if (row.since.patch == 0)
      branch = &row;
    else if (row.since.same_branch(version))
      patch = &row;
  }
  const auto* found = patch ? patch : branch;
  return found ? &found->enumeration : nullptr;
}

const Dnsbl* Database::dnsbl(std::string_view zone) {
  for (std::string_view rest = zone; !rest.empty();) {
    if (const Dnsbl* found = find_name(tables::dnsbls, rest)) return found;
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return nullptr;
    rest.remove_prefix(dot + 1);
  }
  return nullptr;
}

std::optional<std::uint16_t> Database::port(std::string_view service) {
  const auto* found = find_name(tables::services, service);
  return found ? std::optional(found->port) : std::nullopt;
}

namespace {

/// What the program itself evaluates, or, for "*", what every program does.
std::span<const tables::EvaluationPosition> positions(std::string_view program, Version version) {
  std::span<const tables::EvaluationPosition> found;
  for (const auto& order : tables::evaluation_orders)
    if (order.program == program && order.since <= version) found = order.by_name;
  return found;
}

std::optional<std::size_t> position_in(std::span<const tables::EvaluationPosition> order,
                                       std::string_view name) {
  const auto at = std::lower_bound(order.begin(), order.end(), name,
                                   [](const tables::EvaluationPosition& row, std::string_view key) {
                                     return row.parameter < key;
                                   });
  if (at == order.end() || at->parameter != name) return std::nullopt;
  return at->position;
}

}  // namespace

std::optional<std::size_t> Database::evaluation_position(std::string_view program,
                                                         std::string_view name) const {
  const auto common = positions("*", version_);
  if (const auto position = position_in(common, name)) return position;
  const auto own = position_in(positions(program, version_), name);
  return own ? std::optional(common.size() + *own) : std::nullopt;
}

std::vector<std::string_view> Database::evaluation_order(std::string_view program) const {
  const auto common = positions("*", version_);
  const auto own = positions(program, version_);
  std::vector<std::string_view> order(common.size() + own.size());
  for (const auto& [parameter, position] : common) order[position] = parameter;
  for (const auto& [parameter, position] : own) order[common.size() + position] = parameter;
  return order;
}

}  // namespace postlint::database
