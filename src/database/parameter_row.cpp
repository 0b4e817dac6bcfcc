#include "src/database/parameter_row.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace postlint::database {
namespace {

enum Column : std::size_t {
  name_column,
  type_column,
  time_unit_column,
  default_column,
  min_column,
  max_column,
  introduced_column,
  backported_column,
  removed_column,
  deprecated_column,
  default_history_column,
  range_history_column,
  daemons_column,
  flags_column,
  column_count
};

constexpr std::array<std::string_view, column_count> column_names{
    "name",       "type",       "time_unit",       "default",
    "min",        "max",        "introduced",      "backported_in",
    "removed_in", "deprecated", "default_history", "range_type_history",
    "daemons",    "flags"};

/// postconf(1) has known names of the past since this release.
constexpr Version legacy_table_version{2, 10, 0};

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr TypeName type_names[] = {
    {"STR", Type::string},         {"STR_FN", Type::string_function}, {"RAW", Type::raw},
    {"INT", Type::integer},        {"NINT", Type::integer},           {"LONG", Type::long_integer},
    {"BOOL", Type::boolean},       {"NBOOL", Type::boolean},          {"TIME", Type::time},
    {"READONLY", Type::read_only}, {"LEGACY", Type::legacy}};

/// Type and range of a parameter as one release declares them.
struct Shape {
  Type type = Type::string;
  Bounds bounds;
};

/// A fact that changed: at X.Y.0 for that branch and all later ones, or with a patch release for
/// the rest of its branch.
template <class T>
struct Change {
  Version version;
  bool patch = false;
  T value;
};

using Fields = std::array<std::string_view, column_count>;

Error bad(std::string_view what, std::string_view text) {
  return Error{"bad " + std::string(what) + " \"" + std::string(text) + "\""};
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.empty()) return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Type> parse_type(std::string_view text) {
  for (const auto& entry : type_names)
    if (entry.name == text) return entry.type;
  return std::nullopt;
}

/// "INT[1,0]"
std::optional<Shape> parse_shape(std::string_view text) {
  const auto open = text.find('[');
  const auto comma = text.find(',');
  if (open == text.npos || comma == text.npos || comma < open || text.back() != ']')
    return std::nullopt;
  const auto type = parse_type(text.substr(0, open));
  const auto min = parse_number(text.substr(open + 1, comma - open - 1));
  const auto max = parse_number(text.substr(comma + 1, text.size() - comma - 2));
  if (!type || !min || !max) return std::nullopt;
  return Shape{*type, {*min, *max}};
}

/// "2.1: TEXT" or "(patch) v3.7.20: TEXT"
std::optional<Change<std::string_view>> parse_change(std::string_view text) {
  constexpr std::string_view patch_mark = "(patch) ";
  const bool patch = text.starts_with(patch_mark);
  if (patch) text.remove_prefix(patch_mark.size());
  const auto colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const auto version = parse_release(text.substr(0, colon));
  if (!version) return std::nullopt;
  auto value = text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return Change<std::string_view>{*version, patch, value};
}

Result<std::vector<Change<std::string_view>>> parse_history(std::string_view text) {
  std::vector<Change<std::string_view>> changes;
  if (text.empty()) return changes;
  for (const auto part : split(text, " | ")) {
    const auto change = parse_change(part);
    if (!change) return bad("history entry", part);
    changes.push_back(*change);
  }
  return changes;
}

Result<std::vector<Change<Shape>>> parse_shape_history(std::string_view text) {
  std::vector<Change<Shape>> shapes;
  const auto texts = parse_history(text);
  if (!texts) return texts.error();
  for (const auto& change : *texts) {
    const auto shape = parse_shape(change.value);
    if (!shape) return bad("type and range", change.value);
    shapes.push_back({change.version, change.patch, *shape});
  }
  return shapes;
}

/// The value in force at `version`: a patch release of the same branch, else the last branch that
/// changed it, else the first branch with an entry (names that came as a backport are older), else
/// `fallback`.
template <class T>
T value_at(const std::vector<Change<T>>& changes, Version version, T fallback) {
  const Change<T>* patch = nullptr;
  const Change<T>* branch = nullptr;
  for (const auto& change : changes) {
    if (change.patch) {
      if (change.version.same_branch(version) && change.version <= version) patch = &change;
    } else if (!branch || change.version <= version) {
      branch = &change;
    }
  }
  if (patch) return patch->value;
  return branch ? branch->value : fallback;
}

Result<std::vector<Version>> parse_versions(std::string_view text) {
  std::vector<Version> versions;
  if (text.empty()) return versions;
  for (const auto part : split(text, ",")) {
    const auto version = parse_release(part);
    if (!version) return bad("version", part);
    versions.push_back(*version);
  }
  return versions;
}

/// True if one of `events` is in force at `version`: X.Y.Z for the rest of its branch.
bool within_branch(const std::vector<Version>& events, Version version) {
  return std::any_of(events.begin(), events.end(), [&](const Version& event) {
    return event.same_branch(version) && event <= version;
  });
}

/// Everything about one line that depends on the release.
struct Timeline {
  Shape shape;
  char time_unit = 0;
  std::string_view default_value;
  bool never_known = false;  // GONE: only in the table of deprecated names
  bool legacy = false;       // known to postconf after its removal
  std::optional<Version> introduced;
  std::vector<Version> backports;
  std::optional<Version> removed;
  std::vector<Version> patch_removals;
  std::vector<Change<std::string_view>> defaults;
  std::vector<Change<Shape>> shapes;

  [[nodiscard]] bool read_by_programs(Version version) const {
    if (never_known || shape.type == Type::legacy) return false;
    if (removed && *removed <= version) return false;
    if (within_branch(patch_removals, version)) return false;
    return (introduced && *introduced <= version) || within_branch(backports, version);
  }

  [[nodiscard]] bool in_legacy_table(Version version) const {
    return legacy && version >= legacy_table_version &&
           (shape.type == Type::legacy || (removed && *removed <= version));
  }

  [[nodiscard]] Revision at(Version version) const {
    if (in_legacy_table(version)) return {version, true, Type::legacy, 0, {}, {}};
    if (!read_by_programs(version)) return {version, false, Type::string, 0, {}, {}};
    const auto now = value_at(shapes, version, shape);
    return {version,
            true,
            now.type,
            now.type == Type::time ? time_unit : '\0',
            value_at(defaults, version, default_value),
            now.bounds};
  }

  /// Every release where something may change, ascending, oldest_version first.
  [[nodiscard]] std::vector<Version> turning_points() const {
    std::vector<Version> points{oldest_version, legacy_table_version};
    const auto add = [&](Version version) {
      points.push_back(version);
      // What a patch release brought ends with its branch.
      if (version.patch) {
        const auto next = static_cast<std::uint16_t>(version.minor + 1);
        points.push_back({version.major, next, 0});
      }
    };
    if (introduced) add(*introduced);
    if (removed) add(*removed);
    for (const auto& version : backports) add(version);
    for (const auto& version : patch_removals) add(version);
    for (const auto& change : defaults) add(change.version);
    for (const auto& change : shapes) add(change.version);
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    std::erase_if(points, [](const Version& version) { return version < oldest_version; });
    return points;
  }

  [[nodiscard]] std::vector<Revision> revisions() const {
    std::vector<Revision> list;
    for (const auto& point : turning_points()) {
      const auto revision = at(point);
      if (list.empty() || !revision.same_facts(list.back())) list.push_back(revision);
    }
    return list;
  }
};

bool has_flag(std::string_view flags, std::string_view flag) {
  for (const auto part : split(flags, ","))
    if (part == flag) return true;
  return false;
}

std::optional<Error> read_shape(const Fields& fields, Timeline& timeline) {
  const auto type_name = fields[type_column];
  timeline.never_known = type_name == "GONE";
  const auto type = timeline.never_known ? Type::legacy : parse_type(type_name);
  if (!type) return bad("type", type_name);
  const auto min = parse_number(fields[min_column]);
  if (!min) return bad("number", fields[min_column]);
  const auto max = parse_number(fields[max_column]);
  if (!max) return bad("number", fields[max_column]);
  timeline.shape = {*type, {*min, *max}};
  const auto unit = fields[time_unit_column];
  constexpr std::string_view units = "smhdw";
  if (unit.size() == 1 && units.find(unit[0]) != units.npos)
    timeline.time_unit = unit[0];
  else if (!unit.empty() && unit != "dyn")
    return bad("time unit", unit);
  return std::nullopt;
}

std::optional<Error> read_lifetime(const Fields& fields, Timeline& timeline) {
  const auto introduced = fields[introduced_column];
  if (!introduced.empty() && introduced != "patch-only") {
    timeline.introduced = parse_release(introduced);
    if (!timeline.introduced) return bad("version", introduced);
  }
  auto backports = parse_versions(fields[backported_column]);
  if (!backports) return backports.error();
  timeline.backports = std::move(*backports);
  const auto removals = parse_versions(fields[removed_column]);
  if (!removals) return removals.error();
  for (const auto& version : *removals) {
    if (version.patch)
      timeline.patch_removals.push_back(version);
    else
      timeline.removed = version;
  }
  if (!timeline.introduced && timeline.backports.empty() && timeline.shape.type != Type::legacy)
    return bad("version", introduced);
  return std::nullopt;
}

std::optional<Error> read_histories(const Fields& fields, Timeline& timeline) {
  auto defaults = parse_history(fields[default_history_column]);
  if (!defaults) return defaults.error();
  timeline.defaults = std::move(*defaults);
  auto shapes = parse_shape_history(fields[range_history_column]);
  if (!shapes) return shapes.error();
  timeline.shapes = std::move(*shapes);
  return std::nullopt;
}

/// "3.9: specify ..." into release and advice.
std::optional<Error> read_deprecation(std::string_view text, ParameterRow& row) {
  if (text.empty()) return std::nullopt;
  const auto colon = text.find(": ");
  if (colon == text.npos || !parse_release(text.substr(0, colon))) return bad("deprecation", text);
  row.deprecated_since = text.substr(0, colon);
  row.advice = text.substr(colon + 2);
  return std::nullopt;
}

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c != '=' && c != '"' && c != '\\' && c < 127;
  });
}

Result<ParameterRow> make_row(const Fields& fields) {
  ParameterRow row;
  Timeline timeline;
  row.name = fields[name_column];
  if (!good_name(row.name)) return bad("name", row.name);
  timeline.default_value = fields[default_column];
  for (auto error :
       {read_shape(fields, timeline), read_lifetime(fields, timeline),
        read_histories(fields, timeline), read_deprecation(fields[deprecated_column], row)})
    if (error) return *error;
  timeline.legacy = has_flag(fields[flags_column], "legacy-name");
  row.platform_default = has_flag(fields[flags_column], "platform-default");
  row.daemons = fields[daemons_column];
  row.introduced = timeline.introduced.value_or(Version{});
  row.revisions = timeline.revisions();
  row.removed = timeline.removed;
  row.backports = std::move(timeline.backports);
  return row;
}

}  // namespace

bool Revision::same_facts(const Revision& other) const {
  return known == other.known && type == other.type && time_unit == other.time_unit &&
         default_value == other.default_value && bounds.min == other.bounds.min &&
         bounds.max == other.bounds.max;
}

std::optional<Version> parse_release(std::string_view text) {
  if (text.starts_with("<=")) text.remove_prefix(2);
  if (text.starts_with('v')) text.remove_prefix(1);
  std::array<std::uint16_t, 3> parts{};
  std::size_t count = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (count < parts.size()) {
    const auto [next, error] = std::from_chars(at, end, parts[count]);
    if (error != std::errc{}) return std::nullopt;
    ++count;
    at = next;
    if (at == end) break;
    if (*at != '.') return std::nullopt;
    ++at;
  }
  if (at != end || count < 2 || text.ends_with('.')) return std::nullopt;
  return Version{parts[0], parts[1], parts[2]};
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

Result<ParameterFormat> ParameterFormat::from_header(std::string_view header) {
  const auto names = split(header, "\t");
  if (names.size() < default_column + 1 || names.size() > column_count)
    return Error{"bad header: want " + std::to_string(default_column + 1) + " to " +
                 std::to_string(column_count) + " columns"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != column_names[i])
      return Error{"bad header: column " + std::to_string(i + 1) + " is \"" +
                   std::string(names[i]) + "\", not \"" + std::string(column_names[i]) + "\""};
  ParameterFormat format;
  format.columns_ = names.size();
  return format;
}

Result<ParameterRow> ParameterFormat::parse(std::string_view line) const {
  const auto parts = split(line, "\t");
  if (parts.size() != columns_)
    return Error{std::to_string(parts.size()) + " fields instead of " + std::to_string(columns_)};
  Fields fields{};
  std::copy(parts.begin(), parts.end(), fields.begin());
  // A file that names no release speaks of all.
  if (columns_ <= introduced_column) fields[introduced_column] = "<=2.0";
  if (columns_ <= daemons_column) fields[daemons_column] = "ALL";
  return make_row(fields);
}

}  // namespace postlint::database
