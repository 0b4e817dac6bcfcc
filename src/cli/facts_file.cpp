#include "src/cli/facts_file.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "src/text/ascii.hpp"
#include "src/text/source.hpp"

namespace postlint::cli {

namespace {

using Json = nlohmann::json;
using smtpd::DnsAnswer;

/// Reads one document; remembers the first mistake, with the path of keys that leads to it.
class Reader {
 public:
  std::optional<std::string> error;

  smtpd::Facts read(const Json& root) {
    smtpd::Facts facts;
    if (!require(root.is_object(), "the file", "an object")) return facts;
    for (const auto& [key, value] : root.items()) {
      if (key == "host") {
        read_host(value, facts);
      } else if (key == "dns") {
        read_dns(value, facts.dns);
      } else if (key == "policy") {
        read_policy(value, facts);
      } else if (key == "tables") {
        read_tables(value, facts);
      } else {
        fail(key, "is no key of a facts file (host, dns, policy, tables)");
      }
    }
    return facts;
  }

 private:
  void fail(const std::string& where, const std::string& what) {
    if (!error) error = where + " " + what;
  }

  bool require(bool good, const std::string& where, const std::string& what) {
    if (!good) fail(where, "must be " + what);
    return good;
  }

  std::string text(const Json& value, const std::string& where) {
    return require(value.is_string(), where, "a string") ? value.get<std::string>() : "";
  }

  std::vector<std::string> texts(const Json& value, const std::string& where) {
    std::vector<std::string> list;
    if (!require(value.is_array(), where, "a list of strings")) return list;
    for (const Json& each : value) list.push_back(text(each, where));
    return list;
  }

  void read_host(const Json& value, smtpd::Facts& facts) {
    if (!require(value.is_object(), "host", "an object")) return;
    for (const auto& [key, each] : value.items()) {
      if (key == "name") {
        facts.host_name = text(each, "host.name");
      } else if (key == "addresses") {
        facts.host_addresses = texts(each, "host.addresses");
      } else if (key == "mail_name") {
        facts.mail_name = text(each, "host.mail_name");
      } else {
        fail("host." + key, "is no key (name, addresses, mail_name)");
      }
    }
  }

  /// A list of records, or "nxdomain", "nodata", "tempfail".
  DnsAnswer answer(const Json& value, const std::string& where) {
    using Kind = DnsAnswer::Kind;
    if (value.is_array()) {
      auto records = texts(value, where);
      if (records.empty()) return {Kind::no_data, {}};
      return {Kind::records, std::move(records)};
    }
    if (value == "nxdomain") return {Kind::nxdomain, {}};
    if (value == "nodata") return {Kind::no_data, {}};
    if (value == "tempfail") return {Kind::tempfail, {}};
    fail(where, "must be a list of records, \"nxdomain\", \"nodata\" or \"tempfail\"");
    return {};
  }

  void read_dns(const Json& value, smtpd::DnsFacts& dns) {
    if (!require(value.is_object(), "dns", "an object")) return;
    for (const auto& [name, records] : value.items()) {
      if (name == "*") {
        dns.rest = answer(records, "dns.*");
        continue;
      }
      std::string domain = text::lower(name);
      if (domain.ends_with('.')) domain.pop_back();
      read_name(records, "dns." + name, dns.names[domain]);
    }
  }

  static constexpr std::array<std::string_view, 6> types{"A", "AAAA", "MX", "NS", "PTR", "TXT"};

  void read_name(const Json& value, const std::string& where,
                 std::map<std::string, DnsAnswer, std::less<>>& answers) {
    if (!value.is_object()) {
      // One answer for the name as a whole.
      const DnsAnswer whole = answer(value, where);
      for (const std::string_view type : types) answers.emplace(type, whole);
      return;
    }
    for (const auto& [type, records] : value.items()) {
      if (std::find(types.begin(), types.end(), type) == types.end()) {
        fail(where + "." + type, "is no record type (A, AAAA, MX, NS, PTR, TXT)");
      } else {
        answers[type] = answer(records, where + "." + type);
      }
    }
  }

  void read_policy(const Json& value, smtpd::Facts& facts) {
    if (!require(value.is_object(), "policy", "an object")) return;
    for (const auto& [service, action] : value.items()) {
      facts.policy[service] = text(action, "policy." + service);
    }
  }

  void read_tables(const Json& value, smtpd::Facts& facts) {
    if (!require(value.is_object(), "tables", "an object")) return;
    for (const auto& [table, entries] : value.items()) {
      const std::string where = "tables." + table;
      if (!require(entries.is_object(), where, "an object")) return;
      auto& answers = facts.tables[table];
      for (const auto& [key, result] : entries.items()) {
        const bool absent = result.is_null();
        answers[key] = absent ? std::nullopt : std::optional(text(result, where + "." + key));
      }
    }
  }
};

}  // namespace

Result<smtpd::Facts> parse_facts(const std::string& path, const std::string& json) {
  Json root;
  try {
    root = Json::parse(json);
  } catch (const Json::parse_error& error) {
    const auto upto = std::min(error.byte, json.size());
    const auto line =
        1 + std::count(json.begin(), json.begin() + static_cast<std::ptrdiff_t>(upto), '\n');
    return Error{path + ":" + std::to_string(line) + ": not valid JSON"};
  }
  Reader reader;
  smtpd::Facts facts = reader.read(root);
  if (reader.error) return Error{path + ": " + *reader.error};
  return facts;
}

Result<smtpd::Facts> read_facts(const std::string& path) {
  const auto bytes = text::read_file(path);
  if (!bytes) return bytes.error();
  return parse_facts(path, *bytes);
}

}  // namespace postlint::cli
