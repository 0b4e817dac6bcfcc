#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "src/database/parameter_row.hpp"
#include "src/database/tables.hpp"

// What one release knows of the parameters: made by the compiler for the newest one, which most
// runs assume, and at run time for the others.

namespace postlint::database {

/// The last revision that is not newer than `version`.
constexpr const Revision& revision_at(std::span<const Revision> revisions, Version version) {
  auto at = revisions.begin();
  while (at + 1 != revisions.end() && (at + 1)->from <= version) ++at;
  return *at;
}

/// `facts`: a tables::Parameter or a ParameterRow. `deprecated`: in the release that is asked for.
template <class Facts>
constexpr Parameter resolve(const Facts& facts, const Revision& revision, bool deprecated) {
  Parameter parameter;
  parameter.name = facts.name;
  parameter.type = revision.type;
  parameter.time_unit = revision.time_unit;
  parameter.default_value = revision.default_value;
  parameter.bounds = revision.bounds;
  parameter.platform_default = facts.platform_default;
  parameter.daemons = facts.daemons;
  parameter.ever_deprecated = !facts.deprecated_since.empty();
  if (deprecated) {
    parameter.deprecated_since = facts.deprecated_since;
    parameter.deprecation_advice = facts.advice;
  }
  return parameter;
}

/// By size and both ends: names share long beginnings.
constexpr std::size_t name_hash(std::string_view name) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::size_t size = std::min(name.size(), sizeof first);
  if (size == 0) return 0;
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little) {
    for (std::size_t i = 0; i < size; ++i) {
      first |= std::uint64_t{static_cast<unsigned char>(name[i])} << 8 * i;
      last |= std::uint64_t{static_cast<unsigned char>(name[name.size() - size + i])} << 8 * i;
    }
  } else {
    std::memcpy(&first, name.data(), size);
    std::memcpy(&last, name.data() + name.size() - size, size);
  }
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  const std::uint64_t mixed = (first * odd ^ last) * odd + name.size() * odd;
  return static_cast<std::size_t>(mixed >> 40U);
}

/// Slots of a hash table for so many names, a power of two, at most a quarter of them taken.
constexpr std::size_t index_size(std::size_t names) { return std::bit_ceil(4 * names + 4); }

/// `index`: zeros, index_size() of them; becomes where in `parameters` a name stands, from 1 on.
constexpr void index_names(std::span<const Parameter> parameters, std::span<std::uint16_t> index) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    std::size_t at = name_hash(parameters[i].name);
    while (index[at & (index.size() - 1)] != 0) ++at;
    index[at & (index.size() - 1)] = static_cast<std::uint16_t>(i + 1);
  }
}

/// The rows of the newest release, as `packaging` compiles it.
template <std::size_t N>
constexpr std::array<Parameter, N> newest_rows(std::span<const tables::Parameter> all,
                                               std::span<const tables::Release> releases,
                                               std::span<const tables::PackagedDefault> packaged,
                                               std::string_view packaging) {
  std::array<Parameter, N> rows;
  const tables::Release& newest = releases.back();
  std::size_t count = 0;
  for (const tables::Parameter& facts : all) {
    const Revision& revision = revision_at(facts.revisions, newest.version);
    if (!revision.known) continue;
    Parameter& row = rows[count++];
    const bool deprecated = facts.deprecated != Version{} && facts.deprecated <= newest.version;
    row = resolve(facts, revision, deprecated);
    if (row.name == "mail_version") row.default_value = newest.mail_version;
    if (row.name == "mail_release_date") row.default_value = newest.mail_release_date;
    for (const tables::PackagedDefault& other : packaged) {
      if (other.packaging == packaging && other.name == row.name)
        row.default_value = other.default_value;
    }
  }
  return rows;
}

constexpr std::size_t count_known(std::span<const tables::Parameter> all, Version version) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& facts) {
    return revision_at(facts.revisions, version).known;
  }));
}

template <std::size_t N>
constexpr auto name_index(const std::array<Parameter, N>& rows) {
  std::array<std::uint16_t, index_size(N)> index{};
  index_names(rows, index);
  return index;
}

}  // namespace postlint::database
