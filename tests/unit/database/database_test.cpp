#include "src/database/database.hpp"

#include <algorithm>

#include "tests/catch.hpp"

namespace postlint::database {

namespace {

Database database(std::string_view version) { return Database(*parse_version(version)); }

std::string_view default_of(const Database& database, std::string_view name) {
  const auto* parameter = database.parameter(name);
  REQUIRE(parameter);
  return parameter->default_value;
}

}  // namespace

TEST_CASE("a version without a patch release is the newest of its branch") {
  CHECK(full_text(*parse_version("3.7.9")) == "3.7.9");
  CHECK(parse_version("3.7")->patch >= 22);
  CHECK(parse_version("2.9")->patch == 15);
  CHECK(newest_version().same_branch({3, 11, 0}));
  CHECK(branches().front() == *parse_version("2.9"));
  CHECK(branches().back() == newest_version());
  CHECK(std::is_sorted(branches().begin(), branches().end()));
  CHECK(parse_version("v3.10.1") == Version{3, 10, 1});
  for (const auto* bad : {"", "3", "3.", "3.7.", "3.7.1.2", "2.8", "3.12", "x3.7", "3.7x", "<=3.7"})
    CHECK(!parse_version(bad));
}

TEST_CASE("a parameter exists from the patch release that brought it") {
  CHECK(!database("3.7.5").parameter("smtpd_forbid_unauth_pipelining"));
  CHECK(database("3.7.6").parameter("smtpd_forbid_unauth_pipelining"));
  CHECK(!database("3.8.0").parameter("smtpd_forbid_unauth_pipelining"));
  CHECK(database("3.8.1").parameter("smtpd_forbid_unauth_pipelining"));
  CHECK(database("3.9.0").parameter("smtpd_forbid_unauth_pipelining"));
  CHECK(!database("3.4.29").parameter("smtpd_forbid_unauth_pipelining"));
}

TEST_CASE("a name that lived for one patch release is gone in the next") {
  CHECK(!database("3.4.5").parameter("tls_fast_shutdown"));
  CHECK(database("3.4.6").parameter("tls_fast_shutdown"));
  CHECK(!database("3.4.7").parameter("tls_fast_shutdown"));
  CHECK(!database("3.5.0").parameter("tls_fast_shutdown"));
  CHECK(!database("3.4.6").parameter("tls_fast_shutdown_enable"));
  CHECK(database("3.4.7").parameter("tls_fast_shutdown_enable"));
}

TEST_CASE("types and ranges follow the release") {
  CHECK(database("3.7.9").parameter("smtpd_forbid_bare_newline")->type == Type::boolean);
  CHECK(database("3.7.10").parameter("smtpd_forbid_bare_newline")->type == Type::string);
  CHECK(database("3.9.0").parameter("smtpd_forbid_bare_newline")->type == Type::string);
  CHECK(database("3.7.3").parameter("postscreen_dnsbl_threshold")->bounds.min == 0);
  CHECK(database("3.7.4").parameter("postscreen_dnsbl_threshold")->bounds.min == 1);
  CHECK(database("3.5").parameter("compatibility_level")->type == Type::integer);
  CHECK(database("3.6").parameter("compatibility_level")->type == Type::string);
  CHECK(database("3.7").parameter("postscreen_command_time_limit")->type == Type::time);
  CHECK(database("3.7").parameter("postscreen_cache_retention_time")->time_unit == 'd');
}

TEST_CASE("defaults follow the release") {
  CHECK(default_of(database("3.7.10"), "smtpd_forbid_bare_newline") == "no");
  CHECK(default_of(database("3.8.20"), "smtpd_forbid_bare_newline") == "no");
  CHECK(default_of(database("3.9.0"), "smtpd_forbid_bare_newline") == "normalize");
  CHECK(default_of(database("3.7.19"), "milter_default_action") == "tempfail");
  CHECK(default_of(database("3.7.20"), "milter_default_action") == "shutdown");
  CHECK(default_of(database("3.8.0"), "milter_default_action") == "tempfail");
  CHECK(default_of(database("3.11.0"), "milter_default_action") == "shutdown");
  CHECK(default_of(database("2.10.0"), "smtpd_relay_restrictions") ==
        "permit_mynetworks, reject_unauth_destination");
  CHECK(default_of(database("2.11.0"), "smtpd_relay_restrictions") ==
        "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination");
  CHECK(default_of(database("3.7"), "smtpd_relay_restrictions") ==
        "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, "
        "defer_unauth_destination}}");
  CHECK(!database("2.9").parameter("smtpd_relay_restrictions"));
  CHECK(default_of(database("3.7"), "smtpd_expansion_filter").starts_with("\\t\\40!\"#$%&"));
}

TEST_CASE("postconf knows names of the past and names that nobody may set") {
  const auto now = database("3.7");
  for (const auto* name : {"virtual_maps", "fallback_relay", "smtpd_per_record_deadline"})
    CHECK(now.parameter(name)->type == Type::legacy);
  CHECK(now.parameter("process_name")->type == Type::read_only);
  CHECK(!database("2.9").parameter("virtual_maps"));
  CHECK(database("3.6").parameter("smtpd_per_record_deadline")->type == Type::boolean);
  CHECK(!now.parameter("deleted-test-only"));
  CHECK(!now.parameter("requiretls_enable"));
}

TEST_CASE("a name is deprecated from the release that says so") {
  CHECK(database("3.8").parameter("smtpd_use_tls")->deprecated_since.empty());
  const auto newer = database("3.9");
  CHECK(newer.parameter("smtpd_use_tls")->deprecated_since == "3.9");
  CHECK(newer.parameter("smtpd_use_tls")->deprecation_advice ==
        "specify \"smtpd_tls_security_level\"");
}

TEST_CASE("the lifetime of a name that this release lacks") {
  const auto life = database("3.7.5").lifetime("smtpd_forbid_bare_newline");
  REQUIRE(life);
  CHECK(life->introduced == Version{3, 9, 0});
  CHECK(life->backports.size() == 4);
  CHECK(!life->removed);
  CHECK(database("3.7").lifetime("sender_based_routing")->removed == Version{2, 3, 0});
  CHECK(!database("3.7").lifetime("no_such_thing"));
}

TEST_CASE("restrictions are found in any case, with their old names") {
  const auto now = database("3.7");
  CHECK(now.restriction("Reject_Unknown_Client")->canonical == "reject_unknown_client_hostname");
  CHECK(now.restriction("permit")->canonical == "permit");
  CHECK(now.restriction("check_ccert_access")->argument == Argument::map_search);
  CHECK(now.restriction("reject_rbl_client")->argument == Argument::domain);
  CHECK(now.restriction("check_relay_domains")->removed == Version{3, 9, 0});
  CHECK(!now.restriction("reject_unknown_forward_client_hostname"));
  CHECK(!now.restriction("check_address_map"));
}

TEST_CASE("ports and table types") {
  CHECK(Database::port("submission") == 587);
  CHECK(Database::port("smtps") == 465);
  CHECK(!Database::port("nonsense"));
  CHECK(database("3.7").table_type("hash")->source == TableType::Source::indexed);
  CHECK(!database("3.7").table_type("cidr")->fixed_keys);
}

TEST_CASE("rows of a file add and override") {
  auto base = database("3.7");
  const auto added = base.add_rows("site.tsv",
                                   "name\ttype\ttime_unit\tdefault\n"
                                   "aa_new\tBOOL\t\tyes\n"
                                   "smtpd_banner\tSTR\t\thello\n");
  REQUIRE(added);
  CHECK(*added == 2);
  CHECK(base.parameter("aa_new")->type == Type::boolean);
  CHECK(base.parameter("aa_new")->read_by("smtpd"));
  CHECK(base.parameter("smtpd_banner")->default_value == "hello");
  const auto copy = base;
  REQUIRE(base.add_rows("more.tsv", "name\ttype\ttime_unit\tdefault\nzz_new\tINT\t\t1\n"));
  CHECK(base.parameter("zz_new"));
  CHECK(base.parameter("smtpd_banner")->default_value == "hello");
  CHECK(!copy.parameter("zz_new"));
}

TEST_CASE("a bad row is refused with its place, and nothing is changed") {
  auto base = database("3.7");
  const std::string header = "name\ttype\ttime_unit\tdefault\n";
  const auto error = [&](const std::string& text) {
    const auto result = base.add_rows("site.tsv", text);
    return result ? std::string() : result.error().message;
  };
  CHECK(error("") == "site.tsv:1: bad header: want 4 to 14 columns");
  CHECK(error("x\ty\tz\tw\n") == "site.tsv:1: bad header: column 1 is \"x\", not \"name\"");
  CHECK(error(header + "ok\tSTR\t\t\nbad\tTEXT\t\t\n") == "site.tsv:3: bad type \"TEXT\"");
  CHECK(error(header + "bad\tSTR\n") == "site.tsv:2: 2 fields instead of 4");
  CHECK(error(header + "bad\tTIME\ty\t1\n") == "site.tsv:2: bad time unit \"y\"");
  CHECK(!base.parameter("ok"));
}

TEST_CASE("every release names itself") {
  CHECK(default_of(database("3.7.11"), "mail_version") == "3.7.11");
  CHECK(default_of(database("3.7.11"), "mail_release_date") == "20240304");
  CHECK(default_of(database("3.7.99"), "mail_version") == "3.7.99");
  const auto copy = database("3.7.99");
  CHECK(default_of(Database(copy), "mail_version") == "3.7.99");
}

TEST_CASE("what the compiler makes of the newest release is what other runs make of it") {
  const Database newest(newest_version());
  const Database upstream(newest_version(), "upstream");  // made at run time
  REQUIRE(newest.parameters().size() == upstream.parameters().size());
  std::vector<std::string_view> packaged;
  for (const Parameter& row : newest.parameters()) {
    CAPTURE(row.name);
    REQUIRE(newest.parameter(row.name) == &row);
    const Parameter* other = upstream.parameter(row.name);
    REQUIRE(other != nullptr);
    CHECK(row.type == other->type);
    CHECK(row.time_unit == other->time_unit);
    CHECK(row.bounds.min == other->bounds.min);
    CHECK(row.bounds.max == other->bounds.max);
    CHECK(row.daemons == other->daemons);
    CHECK(row.deprecated_since == other->deprecated_since);
    CHECK(row.ever_deprecated == other->ever_deprecated);
    if (row.default_value != other->default_value) packaged.push_back(row.name);
  }
  CHECK(packaged == std::vector<std::string_view>{"alias_maps", "daemon_directory",
                                                  "html_directory", "manpage_directory",
                                                  "readme_directory"});
  CHECK(newest.parameter("no_such_name") == nullptr);
}

TEST_CASE("what a program evaluates first does not see later defaults") {
  const auto now = database("3.7");
  const auto before = [&](std::string_view program, std::string_view a, std::string_view b) {
    const auto first = now.evaluation_position(program, a);
    const auto second = now.evaluation_position(program, b);
    return first && second && *first < *second;
  };
  CHECK(before("smtpd", "compatibility_level", "mail_version"));
  CHECK(before("smtpd", "inet_protocols", "myhostname"));
  CHECK(before("smtpd", "myhostname", "mydomain"));
  CHECK(before("smtpd", "mydomain", "mydestination"));
  CHECK(before("smtpd", "message_size_limit", "mynetworks"));
  CHECK(before("smtpd", "queue_minfree", "smtpd_banner"));  // LONG before STR
  CHECK(before("smtpd", "smtpd_banner", "smtpd_delay_reject"));
  CHECK(before("smtpd", "mynetworks", "smtpd_banner"));
  CHECK(before("lmtp", "lmtp_connect_timeout", "lmtp_tls_policy_maps"));
  CHECK(!now.evaluation_position("smtpd", "transport_maps"));
  CHECK(now.evaluation_position("trivial-rewrite", "transport_maps"));
  CHECK(now.evaluation_position("error", "mydestination"));
}

TEST_CASE("the order of evaluation follows the release") {
  const auto order = database("3.11").evaluation_order("smtpd");
  const auto at = [&](std::string_view name) {
    return std::find(order.begin(), order.end(), name) - order.begin();
  };
  CHECK(at("default_database_type") < at("alias_database"));
  const auto older = database("3.7");
  CHECK(*older.evaluation_position("smtpd", "alias_database") <
        *older.evaluation_position("smtpd", "default_database_type"));
  CHECK(std::find(order.begin(), order.end(), std::string_view()) == order.end());
}

TEST_CASE("enumerations follow the release") {
  const auto has = [](const Enumeration* enumeration, std::string_view word) {
    return std::find(enumeration->words.begin(), enumeration->words.end(), word) !=
           enumeration->words.end();
  };
  CHECK(!database("3.7.9").enumeration("smtpd_forbid_bare_newline"));
  const auto* bare = database("3.7.10").enumeration("smtpd_forbid_bare_newline");
  REQUIRE(bare);
  CHECK(has(bare, "normalize"));
  CHECK(!has(bare, "note"));
  CHECK(has(database("3.9").enumeration("smtpd_forbid_bare_newline"), "note"));
  CHECK(!has(database("3.7.19").enumeration("milter_default_action"), "shutdown"));
  CHECK(has(database("3.7.20").enumeration("milter_default_action"), "shutdown"));
  CHECK(!has(database("3.8.0").enumeration("milter_default_action"), "shutdown"));
  const auto* level = database("3.7").enumeration("smtp_tls_security_level");
  CHECK(has(level, "dane-only"));
  CHECK(!level->case_sensitive);
  CHECK(level->may_be_empty);
  const auto* classes = database("3.7").enumeration("notify_classes");
  CHECK(classes->list);
  CHECK(classes->case_sensitive);
  CHECK(classes->on_bad_word == Enumeration::OnBadWord::fatal);
  CHECK(!database("3.7").enumeration("myhostname"));
}

TEST_CASE("every enumeration speaks of a parameter that takes text, and takes its default") {
  for (const auto* version : {"2.9", "2.11", "3.4", "3.7", "3.11"}) {
    const auto now = database(version);
    for (const auto& parameter : now.parameters()) {
      const auto* enumeration = now.enumeration(parameter.name);
      if (!enumeration || parameter.type == Type::legacy) continue;
      INFO(version << " " << parameter.name << " = " << parameter.default_value);
      CHECK(parameter.type == Type::string);
      std::string_view value = parameter.default_value;
      if (value.find('$') != value.npos) continue;
      if (value.empty()) CHECK(enumeration->may_be_empty);
      while (!value.empty()) {
        const auto end =
            enumeration->list ? std::min(value.find_first_of(", "), value.size()) : value.size();
        const auto word = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        if (!word.empty())
          CHECK(std::find(enumeration->words.begin(), enumeration->words.end(), word) !=
                enumeration->words.end());
      }
    }
  }
}

}  // namespace postlint::database
