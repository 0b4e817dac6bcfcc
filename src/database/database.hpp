#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/database/version.hpp"
#include "src/text/result.hpp"

namespace postlint::database {

/// Types of Postfix parameters, as in the CONFIG_<TYPE>_TABLE of its programs.
enum class Type : std::uint8_t {
  string,           // STR: text, expanded; range = length
  string_function,  // STR_FN: default computed at run time (myhostname, mydomain, mynetworks)
  raw,              // RAW: text that is not expanded when read
  integer,          // INT, and NINT (default is an expression)
  long_integer,     // LONG
  boolean,          // BOOL, and NBOOL (default is an expression)
  time,             // TIME
  read_only,        // process_id, process_name, service_name
  legacy            // known to postconf only for old tables; never read
};

/// Inclusive bounds; 0 means that Postfix does not check that side (mail_conf_int(3)).
struct Bounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

/// One parameter as one release knows it.
struct Parameter {
  std::string_view name;
  Type type = Type::string;
  char time_unit = 0;  // default unit of a time; 0: first letter of the expanded default
  std::string_view default_value;  // unexpanded, for the version asked
  Bounds bounds;
  bool platform_default = false;  // packagers change the default
  std::string_view daemons;       // comma-separated; "ALL" = every program, "TLSLIB" = TLS users
  // "3.9" and the advice of postconf; empty where the release asked does not deprecate it (yet).
  std::string_view deprecated_since;
  std::string_view deprecation_advice;
  bool ever_deprecated = false;  // by this release or a later one

  /// Does the program (smtpd, qmgr, ...) read this parameter?
  [[nodiscard]] bool read_by(std::string_view program) const;
};

/// What a restriction keyword consumes after itself (smtpd_check.c generic_checks and friends).
enum class Argument : std::uint8_t {
  none,
  table,           // check_*_access: must hold ':'
  map_search,      // check_ccert_access: table or {table, search_order = ...}
  domain,          // reject_rbl_client family: any next word
  policy_service,  // check_policy_service
  number           // sleep
};

/// One built-in word of smtpd(8) restriction lists.
struct Restriction {
  std::string_view name;
  Argument argument = Argument::none;
  Version since;
  std::optional<Version> removed;     // the word answers 451 from this release on
  std::string_view canonical;         // for old spellings: the name of today; else the name itself
  std::string_view replacement;       // for deprecated words: what to write instead
  std::optional<Version> deprecated;  // first release that warns of it or calls it obsolete
};

/// A lookup table type and how its name part is to be read.
struct TableType {
  enum class Source : std::uint8_t {
    indexed,  // hash btree lmdb cdb dbm sdbm: text source beside the index
    text,     // texthash: read by the daemons themselves
    cidr,
    regexp,
    pcre,
    inline_text,  // static: inline: and such: no file
    combined,     // unionmap: pipemap: randmap:
    opaque,       // needs a server or a library: mysql: ldap: tcp: ...
    proxy,        // proxy:type:name (and debug:)
    fail
  };
  std::string_view name;
  Source source = Source::opaque;
  Version since;
  /// Lookups try parent domains only for types of fixed keys (DICT_FLAG_FIXED).
  bool fixed_keys = false;
};

/// A derived parameter, e.g. <service>_time_limit for pipe and spawn services.
struct Family {
  std::string_view suffix;    // with the underscore
  std::string_view commands;  // comma-separated master.cf commands, exact text
  std::string_view fallback;  // default is $fallback
  Type type = Type::string;
  Bounds bounds;
  Version since;
};

/// <dictname>_<suffix> of legacy database tables such as ldap:name.
struct DictionarySuffix {
  std::string_view dictionary;  // ldap mysql pgsql sqlite memcache mongodb
  std::string_view suffix;      // without the underscore
  Version since;
  std::optional<Version> removed;
};

/// A well-known list of clients or domains in the DNS (rules/data/dnsbls.tsv).
struct Dnsbl {
  enum class Kind : std::uint8_t {
    client,  // asked for reversed addresses: reject_rbl_client
    domain,  // asked for names: reject_rhsbl_...
    allow    // of clients: permit_dnswl_client
  };
  std::string_view name;  // the zone: itself, and what is below
  Kind kind = Kind::client;
  std::string_view closed;       // "2013-03"; empty: in service
  bool lists_everybody = false;  // closed: every query is answered, so all mail is refused
  /// What stands behind '=' to take listings alone; empty: every answer is a listing, as far as
  /// the operator says.
  std::string_view codes;
};

/// An enumeration: which words a parameter takes, and what Postfix does with others.
struct Enumeration {
  enum class OnBadWord : std::uint8_t { fatal, warning, silent };
  std::string_view parameter;  // exact name
  std::span<const std::string_view> words;
  bool case_sensitive = true;
  bool list = false;   // several words, split on comma and blank
  bool alone = false;  // ... of which one is to be there
  bool may_be_empty = true;
  OnBadWord on_bad_word = OnBadWord::fatal;
};

struct ParameterRow;

/// Typed view of the facts under rules/data, as one release of Postfix has them, plus the rows of
/// --database files. Cheap to copy the pointer, expensive to copy; one per run.
class Database {
 public:
  /// `packaging`: whose compiled defaults (rules/data/packaging.tsv): "debian" (and Ubuntu), or
  /// "upstream" for Postfix as its makefiles build it.
  explicit Database(Version version, std::string_view packaging = default_packaging);
  static constexpr std::string_view default_packaging = "debian";

  /// Is this the name of a packaging?
  [[nodiscard]] static bool known_packaging(std::string_view packaging);

  /// Adds or overrides rows: the format of rules/data/parameters.tsv with its header line. The
  /// error names file and line of the first bad row; then nothing is changed. The header line is
  /// needed; columns at its end may be missing. Pointers and spans that were handed out become
  /// invalid.
  Result<int> add_rows(std::string_view path, std::string_view tsv);

  [[nodiscard]] Version version() const { return version_; }

  /// Exact, case-sensitive. Null where this release does not know the name.
  [[nodiscard]] const Parameter* parameter(std::string_view name) const;
  /// All parameters of this release, sorted bytewise by name.
  [[nodiscard]] std::span<const Parameter> parameters() const;

  /// First and last+1 release of a name that this release lacks ("smtpd_forbid_bare_newline came
  /// in 3.5.23, 3.6.13, ..., 3.9"); nothing for a name that no release knows.
  struct Lifetime {
    Version introduced;
    std::vector<Version> backports;
    std::optional<Version> removed;
    std::string_view advice;               // what postconf says to use instead, if it says so
    std::optional<Version> advised_since;  // the first release that says it
  };
  [[nodiscard]] std::optional<Lifetime> lifetime(std::string_view name) const;

  /// `word` in any case. Null for unknown words; words of newer or older releases are found too
  /// (compare since and removed with version()).
  [[nodiscard]] const Restriction* restriction(std::string_view word) const;
  [[nodiscard]] std::span<const Restriction> restrictions() const;

  [[nodiscard]] const TableType* table_type(std::string_view type) const;
  [[nodiscard]] std::span<const Family> families() const;
  [[nodiscard]] std::span<const DictionarySuffix> dictionary_suffixes() const;
  /// What the release takes for this parameter; null where any text will do.
  [[nodiscard]] const Enumeration* enumeration(std::string_view parameter) const;
  /// The same in another release.
  static const Enumeration* enumeration(std::string_view parameter, Version version);
  /// A parameter as another release has it, without what --database and packagers changed.
  static std::optional<Parameter> built_in(std::string_view name, Version version);

  /// The row of the zone, or of the nearest parent. Null for lists that are not known.
  [[nodiscard]] static const Dnsbl* dnsbl(std::string_view zone);

  /// Port of a service name in services(5) as far as mail servers use it: smtp 25, submission 587,
  /// submissions and smtps 465, ... Nothing for unknown names.
  [[nodiscard]] static std::optional<std::uint16_t> port(std::string_view service);

  /// Where `program` ("smtpd", "cleanup", "trivial-rewrite", ...) evaluates the parameter at start:
  /// first what mail_params.c reads for every program, then the program's own tables. A $name in
  /// an earlier parameter does not see the default of a later one. Nothing for names that the
  /// program does not evaluate then; smaller is earlier.
  [[nodiscard]] std::optional<std::size_t> evaluation_position(std::string_view program,
                                                               std::string_view name) const;
  /// All of them in that order.
  [[nodiscard]] std::vector<std::string_view> evaluation_order(std::string_view program) const;

 private:
  struct Extra;
  /// Puts what the row says of version() in the place of the parameter of that name.
  void replace(const ParameterRow& row);
  void name_release();
  void index_own();

  Version version_;
  // Of another release than the newest, or with other rows: else empty, as what the compiler made
  // of the newest is in force.
  std::vector<Parameter> own_;
  std::vector<std::uint16_t> own_index_;
  std::shared_ptr<const Extra> extra_;
  std::shared_ptr<const std::string> mail_version_;  // of a patch release that no table lists
};

}  // namespace postlint::database
