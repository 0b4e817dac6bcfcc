#include "grammar/table_ref.hpp"

#include "tests/catch.hpp"
#include "tests/unit/grammar/dump.hpp"

namespace postlint::grammar::test {
namespace {

std::string dump_table(std::string_view text, const TableRef& ref) {
  const char* problems[] = {"",        " no_colon",   " empty_type", " empty_name",
                            " braces", " empty_list", " member",     " too_deep"};
  std::string out = (ref.prefixed() ? "proxied " : "") + sub(text, ref.type) + '|' +
                    sub(text, ref.name) + problems[static_cast<int>(ref.problem)];
  for (const TableRef& table : ref.tables) out += " <" + dump_table(text, table) + '>';
  for (const Range value : ref.values) out += " =" + sub(text, value);
  return out;
}

std::string reference(std::string_view text) { return dump_table(text, parse_table_ref(text)); }

TEST_CASE("a table is split at the first colon", "[grammar]") {
  CHECK(reference("hash:/etc/postfix/access") == "hash|/etc/postfix/access");
  CHECK(reference("tcp:localhost:1000") == "tcp|localhost:1000");
  CHECK(reference("proxy:mysql:/x.cf") == "proxied mysql|/x.cf");
  CHECK(reference("proxy:proxy:unionmap:{a:b}") == "proxied unionmap|{a:b} <a|b>");
  CHECK(reference("foo") == "foo| no_colon");
  CHECK(reference("") == "| no_colon");
  CHECK(reference(":x") == "|x empty_type");
  CHECK(reference("hash:") == "hash| empty_name");
  CHECK(reference("::1/128") == "|:1/128 empty_type");
  CHECK(reference("127.0.0.1:25") == "127.0.0.1|25");
}

TEST_CASE("combined tables hold tables", "[grammar]") {
  CHECK(reference("unionmap:{static:one, proxy:hash:/x}") ==
        "unionmap|{static:one, proxy:hash:/x} <static|one =one> <proxied hash|/x>");
  CHECK(reference("pipemap:{unionmap:{a:b,c:d}}") ==
        "pipemap|{unionmap:{a:b,c:d}} <unionmap|{a:b,c:d} <a|b> <c|d>>");
  CHECK(reference("randmap:{a, {b c}}") == "randmap|{a, {b c}} =a ={b c}");
  CHECK(reference("unionmap:a:b") == "unionmap|a:b braces");
  CHECK(reference("unionmap:{a:b}c") == "unionmap|{a:b}c braces");
  CHECK(reference("unionmap:{a:b") == "unionmap|{a:b braces");
  CHECK(reference("unionmap:{}") == "unionmap|{} empty_list");
  CHECK(reference("pipemap:{ , }") == "pipemap|{ , } empty_list");
  CHECK(reference("unionmap:{a, b:c}") == "unionmap|{a, b:c} member <a| no_colon> <b|c>");
}

TEST_CASE("nesting of tables has a floor", "[grammar]") {
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "unionmap:{";
  CHECK(parse_table_ref(deep).problem == TableProblem::braces);
  deep += "a:b" + std::string(20000, '}');
  const TableRef ref = parse_table_ref(deep);
  const TableRef* inner = &ref;
  while (!inner->tables.empty()) inner = &inner->tables.front();
  CHECK(inner->problem == TableProblem::too_deep);
}

TEST_CASE("static: takes braces off and trims", "[grammar]") {
  CHECK(reference("static:x") == "static|x =x");
  CHECK(reference("static: x") == "static| x = x");
  CHECK(reference("static:{ 450 try later }") == "static|{ 450 try later } =450 try later");
  CHECK(reference("static:{a}b") == "static|{a}b braces =a");
  CHECK(reference("pcre:{{/x/ y}}") == "pcre|{{/x/ y}}");
  CHECK(parse_table_ref("pcre:{{/x/ y}}").braced);
}

std::string search(std::string_view text) {
  const MapSearch result = parse_map_search(text);
  const char* problems[] = {"",          " braces",        " empty",
                            " no_colon", " bad_attribute", " unknown_attribute"};
  return dump_table(text, result.table) + " (" + dump(text, result.search_order) + ')' +
         problems[static_cast<int>(result.problem)];
}

TEST_CASE("a map search is a table, or a table with a search order", "[grammar]") {
  CHECK(search("type:name") == "type|name ()");
  CHECK(search("{type:name}") == "type|name ()");
  CHECK(search("{ type:name search_order=one }") == "type|name ([one])");
  CHECK(search("{type:name {search_order = one, two}}") == "type|name ([one] [two])");
  CHECK(search("{inline:{a=b, c=d}, {SEARCH_ORDER=x}}") == "inline|{a=b, c=d} ([x])");
  CHECK(search("type") == "type| no_colon () no_colon");
  CHECK(search("{type:name") == "type|name () braces");
  CHECK(search("{}") == "| no_colon () empty");
  CHECK(search("{type:name foo}") == "type|name () bad_attribute");
  CHECK(search("{type:name foo=bar}") == "type|name () unknown_attribute");
  CHECK(search("{type:name search_order=}") == "type|name ()");
  CHECK(parse_map_search("{type:name search_order=}").has_search_order);
}

std::string service(std::string_view text) {
  const ServiceSpec spec = parse_service_spec(text);
  const char* problems[] = {"", " braces", " empty", " attribute"};
  std::string out = sub(text, spec.endpoint);
  for (const Attribute& attribute : spec.attributes) {
    out += " <" + sub(text, attribute.name) + '=' + sub(text, attribute.value) + '>';
  }
  return out + problems[static_cast<int>(spec.problem)];
}

TEST_CASE("a policy service is an endpoint with attributes", "[grammar]") {
  CHECK(service("unix:private/policy") == "unix:private/policy");
  CHECK(service("{ inet:host:port, timeout=10s, { default_action = 451 no } }") ==
        "inet:host:port <timeout=10s> <default_action=451 no>");
  CHECK(service("{ inet:h:1 timeout }") == "inet:h:1 <timeout=> attribute");
  CHECK(service("{ }") == " empty");
  CHECK(service("{ inet:h:1") == "inet:h:1 braces");
  CHECK(service("{ inet:h:1 }x") == "inet:h:1 braces");
}

}  // namespace
}  // namespace postlint::grammar::test
