#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "grammar/network.hpp"
#include "tests/catch.hpp"
#include "tests/unit/smtpd/fixture.hpp"

namespace postlint::smtpd::test {

namespace {

constexpr TableFlags folding{.fold_fixed_keys = true};

std::string ask(Configuration& configuration, const std::string& table, const std::string& key,
                TableFlags flags = folding) {
  return shown(configuration.tables().open(table, flags).lookup(key));
}

std::string text_at(Configuration& configuration, text::Span span) {
  return std::string(configuration.workspace().sources().text(span));
}

}  // namespace

TEST_CASE("indexed tables fold keys and keep the first of equal ones") {
  Configuration c("");
  c.write("access",
          "# comment\nExample.COM  OK\nexample.com REJECT\n\"a b\"@x.test  one\n  two\n"
          "lonely\nlast 1\n");
  const std::string table = "hash:" + c.path("access");
  CHECK(ask(c, table, "EXAMPLE.com") == "found:OK");
  CHECK(ask(c, table, "\"a b\"@x.test") == "found:one  two");
  CHECK(ask(c, table, "lonely") == "absent");
  CHECK(ask(c, table, "last") == "found:1");
  CHECK(ask(c, table, "") == "absent");
  const Table& opened = c.tables().open(table, folding);
  CHECK(opened.fixed_keys());
  CHECK(opened.warnings().size() == 2);
  CHECK(text_at(c, opened.lookup("last").span) == "last 1");
  CHECK(text_at(c, opened.lookup("\"a b\"@x.test").span) == "\"a b\"@x.test  one\n  two");
  std::string keys;
  opened.each_entry([&](const TableEntry& entry) {
    keys += std::string(entry.pattern) + "=" + std::string(entry.value) + ";";
    return true;
  });
  CHECK(keys == "example.com=OK;\"a b\"@x.test=one  two;last=1;");
}

TEST_CASE("texthash folds keys only if asked, and refuses equal ones") {
  Configuration c("");
  c.write("t", "Key value\n");
  c.write("twice", "key 1\nKEY 2\n");
  CHECK(ask(c, "texthash:" + c.path("t"), "KEY") == "found:value");
  CHECK(ask(c, "texthash:" + c.path("t"), "key", {}) == "absent");
  CHECK(ask(c, "texthash:" + c.path("t"), "Key", {}) == "found:value");
  CHECK(ask(c, "texthash:" + c.path("twice"), "key") == "error");
  CHECK_FALSE(c.tables().open("texthash:" + c.path("twice"), folding).fixed_keys());
}

TEST_CASE("alias files answer for their names") {
  Configuration c("alias_maps = hash:/nowhere/other\n");
  c.write("main.cf", "alias_maps = hash:" + c.path("aliases") + "\n");
  c.write("aliases", "# list\npostmaster: root\n\"The Boss\" : boss,\n  other\nRoot: me\n");
  const std::string table = "hash:" + c.path("aliases");
  CHECK(ask(c, table, "postmaster") == "found:root");
  CHECK(ask(c, table, "the boss") == "found:boss,  other");
  CHECK(ask(c, table, "root") == "found:me");
  CHECK(ask(c, table, "postmaster:") == "absent");
}

TEST_CASE("inline and static tables") {
  Configuration c("");
  CHECK(ask(c, "inline:{A=1, {b = 2 3}, a=4}", "a") == "found:4");
  CHECK(ask(c, "inline:{A=1, {b = 2 3}}", "B") == "found:2 3");
  CHECK(ask(c, "inline:{ x = 1 }", "x") == "error");
  CHECK(ask(c, "inline:{}", "x") == "error");
  CHECK(ask(c, "inline:x", "x") == "error");
  CHECK(ask(c, "inline:{x=}", "x") == "found:");
  CHECK(ask(c, "static:OK", "x") == "found:OK");
  CHECK(ask(c, "static:{ 450 later }", "x") == "found:450 later");
  CHECK(ask(c, "static:{x} y", "x") == "error");
  CHECK(c.tables().open("static:OK", folding).lookup("x").any_key);
}

TEST_CASE("cidr tables") {
  Configuration c("");
  c.write("cidr",
          "192.0.2.0/24 net\n[2001:db8::/32] v6\n!10.0.0.0/8 not ten\n10.1.2.3/8 bad\n"
          "if 10.0.0.0/8\nif 10.1.0.0/16\n10.1.2.3 deep\nendif\n10.9.0.0/16 nine\nendif\n"
          "0.0.0.0/0 rest\n");
  const std::string table = "cidr:" + c.path("cidr");
  CHECK(ask(c, table, "192.0.2.7") == "found:net");
  CHECK(ask(c, table, "2001:db8::1") == "found:v6");
  CHECK(ask(c, table, "192.0.3.7") == "found:not ten");
  CHECK(ask(c, table, "10.1.2.3") == "found:deep");
  CHECK(ask(c, table, "10.9.2.3") == "found:nine");
  CHECK(ask(c, table, "10.2.2.3") == "found:rest");
  CHECK(ask(c, table, "example.com") == "absent");
  CHECK(ask(c, table, "192.0.2") == "absent");
  CHECK(ask(c, table, "2001:db9::1") == "absent");
  const Table& opened = c.tables().open(table, folding);
  CHECK_FALSE(opened.fixed_keys());
  REQUIRE(opened.warnings().size() == 1);
  CHECK(opened.warnings()[0].text ==
        "cidr map " + c.path("cidr") +
            ", line 4: non-null host address bits in \"10.1.2.3/8\", perhaps you should use "
            "\"10.0.0.0/8\" instead: skipping this rule");
  CHECK(text_at(c, opened.lookup("10.1.2.3").span) == "10.1.2.3 deep");
  CHECK(ask(c, "cidr:{{192.0.2.0/24 x}, {0.0.0.0/0 y}}", "192.0.2.1") == "found:x");
  CHECK(ask(c, "cidr:{{192.0.2.0/24 x}", "192.0.2.1") == "error");
}

TEST_CASE("a condition of the other family hides its block, an open one the rest") {
  Configuration c("");
  c.write("cidr", "if 2001:db8::/32\n192.0.2.1 inner\nendif\nif !10.0.0.0/8\n192.0.2.1 found\n");
  CHECK(ask(c, "cidr:" + c.path("cidr"), "192.0.2.1") == "found:found");
  CHECK(ask(c, "cidr:" + c.path("cidr"), "10.0.0.1") == "absent");
}

TEST_CASE("regexp and pcre tables") {
  Configuration c("");
  const std::string rules =
      "/^(.*)@(x+)\\.test$/ $2-${1}$$\n/Case/i exact\nif /@/\n!/@in\\./ outside\n/@in/ "
      "inside\nendif\n/$1/ x $1\n/none/\n/bad/q x\n";
  c.write("rules", rules);
  for (const std::string type : {"regexp:", "pcre:"}) {
    const std::string table = type + c.path("rules");
    CHECK(ask(c, table, "me@XX.test") == "found:XX-me$");
    CHECK(ask(c, table, "case") == "absent");
    CHECK(ask(c, table, "Case") == "found:exact");
    CHECK(ask(c, table, "a@b") == "found:outside");
    CHECK(ask(c, table, "a@in.x") == "found:inside");
    CHECK(ask(c, table, "none") == "found:");
    CHECK(ask(c, table, "NONE", {.forbid_substitution = true}) == "found:");
    CHECK(ask(c, table, "me@xx.test", {.forbid_substitution = true}) == "found:outside");
  }
  CHECK(ask(c, "regexp:{{/a/!/b/ first}, {/b/ second}}", "ab") == "found:second");
  CHECK(ask(c, "regexp:{{/a/!/b/ first}, {/b/ second}}", "a") == "found:first");
  CHECK(ask(c, "pcre:{{/^\\w+$/ word}}", "abc") == "found:word");
}

TEST_CASE("a pattern that takes too long gives no answer") {
  Configuration c("");
  const std::string key(40, 'a');
  CHECK(ask(c, "pcre:{{/^(a+)+$/ x}}", key + "!") == "unknown");
  CHECK(ask(c, "regexp:{{/^(a*)*\\1$/ x}}", key + key + "!") == "unknown");
  CHECK(ask(c, "regexp:{{/((a{1,200}){1,200}){1,200}/ x}}", "b") == "unknown");
}

TEST_CASE("tables made of tables") {
  Configuration c("");
  CHECK(ask(c, "unionmap:{static:a,inline:{k=b},static:c}", "k") == "found:a,b,c");
  CHECK(ask(c, "unionmap:{inline:{k=b}}", "x") == "absent");
  CHECK(ask(c, "unionmap:{static:a,fail:x}", "k") == "error");
  CHECK(ask(c, "pipemap:{inline:{k=j},inline:{j=end}}", "K") == "found:end");
  CHECK(ask(c, "pipemap:{inline:{k=j},inline:{i=end}}", "k") == "absent");
  CHECK(ask(c, "unionmap:{}", "k") == "error");
  CHECK(ask(c, "pipemap:{nocolon}", "k") == "error");
  CHECK(ask(c, "randmap:{same,same}", "k") == "found:same");
  CHECK(ask(c, "randmap:{one,other}", "k") == "unknown");
  CHECK(c.tables().open("unionmap:{inline:{k=b},fail:x}", folding).fixed_keys());
  CHECK_FALSE(c.tables().open("pipemap:{fail:x,inline:{k=b}}", folding).fixed_keys());
}

TEST_CASE("what cannot be read is unknown, and what cannot be opened fails") {
  Configuration c("");
  c.answers["mysql:/etc/v.cf"] = {{"known", "yes"}, {"no", std::nullopt}};
  c.answers["ldap:x"] = {{"*", std::nullopt}};
  CHECK(ask(c, "hash:/nowhere/at/all", "k") == "unknown");
  CHECK(ask(c, "mysql:/etc/v.cf", "KNOWN") == "found:yes");
  CHECK(ask(c, "proxy:mysql:/etc/v.cf", "known") == "error");
  CHECK(c.tables().open("proxy:mysql:/etc/v.cf", folding).fatal() ==
        "proxymap service is not configured for table \"mysql:/etc/v.cf\"");
  CHECK(ask(c, "mysql:/etc/v.cf", "no") == "absent");
  CHECK(ask(c, "mysql:/etc/v.cf", "other") == "unknown");
  CHECK(ask(c, "ldap:x", "any") == "absent");
  CHECK(ask(c, "fail:x", "k") == "error");
  CHECK(ask(c, "nosuch:x", "k") == "error");
  CHECK(c.tables().open("nosuch:x", folding).lookup("k").reason ==
        "nosuch:x is unavailable. unsupported dictionary type: nosuch");
  CHECK(c.tables().open("x", folding).fatal() ==
        "open dictionary: expecting \"type:name\" form instead of \"x\"");
}

TEST_CASE("missing tables can be taken as absent") {
  Configuration c("");
  const Table& table =
      c.tables(MissingTables::absent).open(std::string_view("hash:/nowhere/x"), folding);
  CHECK(table.lookup("k").reason ==
        "hash:/nowhere/x is unavailable. open database /nowhere/x.db: No such file or directory");
  CHECK_FALSE(table.fixed_keys());
}

TEST_CASE("proxymap serves the tables of proxy_read_maps") {
  Configuration c("virtual_alias_maps = proxy:inline:{k=v}\n");
  CHECK(ask(c, "proxy:inline:{k=v}", "k") == "found:v");
  CHECK(c.tables().open("proxy:static:x", folding).fatal().has_value());
}

TEST_CASE("proxy_read_maps is read up to the word that answers, with the meaning of the whole") {
  const auto is_open = [](Configuration& c, const std::string& table) {
    return !c.tables().open(table, folding).fatal().has_value();
  };
  Configuration by_default("relocated_maps = proxy:static:x\nmymaps = proxy:static:y\n");
  CHECK(is_open(by_default, "proxy:unix:passwd.byname"));
  CHECK(is_open(by_default, "proxy:static:x"));
  CHECK_FALSE(is_open(by_default, "proxy:static:y"));
  for (const std::string last : {"proxy:static:z", "${b:proxy:static:z}"}) {
    Configuration own("a = proxy:static:x\nproxy_read_maps = $a, proxy:static:y " + last + "\n");
    CHECK(is_open(own, "proxy:static:z"));
    CHECK(is_open(own, "proxy:static:x"));
    CHECK(is_open(own, "proxy:static:y"));
    CHECK_FALSE(is_open(own, "proxy:unix:passwd.byname"));
  }
  // The brace takes the next word with it.
  Configuration brace("a = proxy:inline:{k=v\nproxy_read_maps = $a proxy:static:y }\n");
  CHECK_FALSE(is_open(brace, "proxy:static:y"));
}

TEST_CASE("keys that are not UTF-8 are in no table, and such values are errors") {
  Configuration c("");
  const TableFlags utf8{.fold_fixed_keys = true, .utf8 = true};
  c.write("t", "\xc3\x84x 1\nbad \xff\n");
  CHECK(ask(c, "hash:" + c.path("t"), "\xc3\xa4X", utf8) == "found:1");
  CHECK(ask(c, "static:x", "\xff", utf8) == "absent");
  CHECK(ask(c, "hash:" + c.path("t"), "bad", utf8) == "absent");
  CHECK(ask(c, "static:\xff", "x", utf8) == "error");
}

TEST_CASE("maps search in order, and an empty result is an error") {
  Configuration c("");
  const std::string value = "inline:{a=1} regexp:{{/a/ 2}, {/e/}}, inline:{b=3}";
  const Maps maps(c.tables(), "test_maps", text::MappedView(value, text::no_file, 0), folding);
  CHECK(shown(maps.find("a")) == "found:1");
  CHECK(shown(maps.find("xa")) == "found:2");
  CHECK(shown(maps.find("xa", true)) == "absent");
  CHECK(shown(maps.find("b")) == "found:3");
  CHECK(maps.find("e").reason == "test_maps lookup of e returns an empty string result");
  CHECK(shown(maps.find("")) == "absent");
}

TEST_CASE("a long cidr table answers with its first rule that holds the address") {
  Configuration c("");
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same table in every run
  const auto byte = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  std::vector<grammar::Network> rules;
  std::string text;
  for (unsigned i = 0; i < 600; ++i) {
    const bool v6 = i % 3 == 0;
    const unsigned prefix = v6 ? 16 + byte(113) : byte(25) + 8;
    const auto address = grammar::parse_address(
        v6 ? "2001:" + std::to_string(byte(3)) + "::" + std::to_string(byte(9))
           : "10." + std::to_string(byte(3)) + '.' + std::to_string(byte(4)) + '.' +
                 std::to_string(byte(4)));
    REQUIRE(address);
    rules.push_back({grammar::masked(*address, prefix), static_cast<std::uint8_t>(prefix)});
    text += grammar::to_text(rules.back()) + " rule" + std::to_string(i) + '\n';
  }
  c.write("long", text);
  const auto expected = [&](const std::string& key) {
    const auto address = grammar::parse_address(key);
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (grammar::contains(rules[i], *address)) return "found:rule" + std::to_string(i);
    return std::string("absent");
  };
  for (unsigned i = 0; i < 400; ++i) {
    const std::string key =
        i % 2 == 0 ? "10." + std::to_string(byte(4)) + '.' + std::to_string(byte(5)) + '.' +
                         std::to_string(byte(6))
                   : "2001:" + std::to_string(byte(4)) + "::" + std::to_string(byte(12));
    INFO(key);
    CHECK(ask(c, "cidr:" + c.path("long"), key) == expected(key));
  }
}

TEST_CASE("large tables load fast", "[.bench]") {
  Configuration c("");
  std::string cidr;
  std::string hash;
  for (unsigned i = 0; i < 1000000; ++i) {
    const std::string address = std::to_string(1 + i % 200) + '.' + std::to_string(i / 200 % 256) +
                                '.' + std::to_string(i / 51200 % 256) + ".7";
    cidr += address + " REJECT number " + std::to_string(i) + "\n";
    hash += "user" + std::to_string(i) + "@example.com REJECT number " + std::to_string(i) + "\n";
  }
  c.write("cidr", cidr);
  c.write("hash", hash);
  for (const std::string type : {"cidr", "hash"}) {
    const auto start = std::chrono::steady_clock::now();
    const Table& table = c.tables().open(type + ":" + c.path(type), folding);
    const auto loaded = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
      CHECK(table.lookup(type == "cidr" ? "250.1.1.1" : "user999999@example.org").absent());
    }
    const auto end = std::chrono::steady_clock::now();
    WARN(type << ": load " << std::chrono::duration<double>(loaded - start).count() << " s, lookup "
              << std::chrono::duration<double>(end - loaded).count() / 100 << " s");
  }
}

}  // namespace postlint::smtpd::test
