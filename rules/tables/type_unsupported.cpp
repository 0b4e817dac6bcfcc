#include "grammar/network.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::rules::tables::type_unsupported {

constexpr RuleInfo info{.id = "tables/type-unsupported",
                        .title = "a lookup table has a type that Postfix does not have",
                        .severity = Severity::error};

constexpr std::string_view consequence =
    ": every lookup in the table fails, and mail that needs one is answered 451 or deferred";

std::string_view nearest(std::string_view type) {
  text::DidYouMean meant(type);
  for (const std::string_view each :
       {"btree",     "cdb",    "cidr",    "dbm",      "environ",  "fail",     "hash",
        "inline",    "ldap",   "lmdb",    "memcache", "mongodb",  "mysql",    "nis",
        "pcre",      "pgsql",  "pipemap", "proxy",    "randmap",  "regexp",   "sdbm",
        "socketmap", "sqlite", "static",  "tcp",      "texthash", "unionmap", "unix"}) {
    meant.offer(each);
  }
  return meant.best();
}

/// An IPv6 address without [ ] in a list of networks: relay/mynetworks-bad-cidr.
bool is_address(const TableReference& table) {
  const std::string_view text = table.place.text();
  return grammar::parse_address(text.substr(0, text.find('/'))).has_value();
}

void report(const TableReference& table, Sink& sink) {
  const std::string_view type = table.type.text();
  const database::TableType* newer = sink.database().table_type(type);
  const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
  auto finding = sink.report(info).at(table.type);
  finding.origin(*table.setting)
      .parameter(owner.empty() ? table.parameter : owner)
      .item(table.place.text());
  if (newer != nullptr) {
    finding.message("tables of type ", type, ": came with Postfix ",
                    database::branch_text(newer->since), ", later than ",
                    database::branch_text(sink.version()), consequence);
    return;
  }
  finding.message("there is no table type ", type, ":", consequence.substr(1));
  const std::string_view meant = nearest(type);
  if (meant.empty()) return;
  finding.label("did you mean ", meant, ":?");
  if (sink.text(table.type.span()) != type) return;
  finding.fix(Fix::unsafe("write " + std::string(meant) + "; the table then counts")
                  .replace(table.type.span(), std::string(meant)));
}

void check(const Workspace&, Sink& sink) {
  for (const TableReference& table : table_references(sink)) {
    if (table.is_include() || table.row != nullptr || is_address(table)) continue;
    report(table, sink);
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::type_unsupported
