#include "src/model/expansion.hpp"

#include <map>

#include "src/text/source.hpp"
#include "tests/catch.hpp"

namespace postlint::model {
using model::ExpansionStatus;

namespace {

using Settings = std::map<std::string, std::string, std::less<>>;

model::Expansion expand(std::string_view value, const Settings& settings,
                        database::Version version = {3, 7, 11}) {
  const model::MacroLookup lookup = [&](std::string_view name) -> std::optional<model::MacroValue> {
    const auto found = settings.find(name);
    if (found == settings.end()) return std::nullopt;
    return model::MacroValue{{found->second, text::no_file, 0}, false};
  };
  return model::expand({value, text::no_file, 0}, lookup, model::macro_syntax(version));
}

Settings chain(int length, const std::string& end) {
  Settings settings;
  for (int i = 1; i <= length; ++i) {
    settings["v" + std::to_string(i)] = i == length ? end : "$v" + std::to_string(i + 1);
  }
  return settings;
}

}  // namespace

TEST_CASE("references are expanded again, and undefined names are empty") {
  const Settings settings{{"a", "1 $b"}, {"b", "x"}, {"empty", ""}};
  CHECK(expand("$a-$$-${b}$nosuch", settings).text.text() == "1 x-$-x");
  CHECK(expand("${empty?{x}:{y}}${a?z}", settings).text.text() == "yz");
  CHECK(expand("${a?b:c}", settings).text.text() == "b:c");
}

TEST_CASE("comparisons are numeric for digits, and of text otherwise") {
  CHECK(expand("${{-2}<{-1}}|${{9}<{10}}|${{ 1}=={1}}|${{010}=={10}}", {}).text.text() ==
        "|true||true");
  CHECK(expand("${{3.10}>{3.9}}|${{3.10} >level {3.9}}", {}).text.text() == "|true");
  const auto overflow = expand("${{99999999999999999999}=={1}}", {});
  CHECK(overflow.status == ExpansionStatus::fatal);
  CHECK(overflow.warnings.back() == "mac_exp_eval: bad conversion: 99999999999999999999");
}

TEST_CASE("nesting ends at a hundred, and a loop through a comparison is noticed") {
  CHECK(expand("$v1", chain(100, "x")).status == ExpansionStatus::ok);
  CHECK(expand("$v1", chain(101, "x")).status == ExpansionStatus::error);
  CHECK(expand("$r", {{"r", "$r"}}).warnings.front() == "unreasonable macro call nesting: \"r\"");
  CHECK(expand("$s", {{"s", "${{$s}=={a}?{b}:{c}}"}}).status == ExpansionStatus::crash);
}

TEST_CASE("values that double each other are stopped") {
  Settings settings;
  for (int i = 0; i < 90; ++i) {
    const std::string next = "$d" + std::to_string(i + 1);
    settings["d" + std::to_string(i)] = next + next;
  }
  settings["d90"] = "x";
  CHECK(expand("$d0", settings).status == ExpansionStatus::crash);
}

TEST_CASE("releases differ in what they accept") {
  const Settings settings{{"a", "1"}};
  CHECK(expand("${ a }", settings).text.text() == "1");
  CHECK(expand("${ a }", settings, {3, 2, 0}).status == ExpansionStatus::error);
  CHECK(expand("${a?{x}:{y}}", settings, {2, 11, 0}).text.text() == "{x}:{y}");
}

TEST_CASE("expanded text knows where each byte came from") {
  text::SourceStore sources;
  const text::FileId main = sources.add("main.cf", "x = 10.0.0.0/8 $y z\n");
  const text::FileId master = sources.add("master.cf", "-o y=192.0.2.1\n");
  const model::MacroLookup lookup = [&](std::string_view) {
    return std::optional(
        model::MacroValue{{sources[master].bytes().substr(5, 9), master, 5}, false});
  };
  const text::MappedView value(sources[main].bytes().substr(4, 15), main, 4);
  const auto expansion = model::expand(value, lookup, model::macro_syntax({3, 7, 11}));
  REQUIRE(expansion.text.text() == "10.0.0.0/8 192.0.2.1 z");
  const text::MappedView view = expansion.text.view();
  CHECK(view.span({11, 20}).file == master);
  CHECK(sources.text(view.span({11, 20})) == "192.0.2.1");
  CHECK(sources.text(view.span({21, 22})) == "z");
}

}  // namespace postlint::model
