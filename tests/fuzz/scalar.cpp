#include "grammar/scalar.hpp"

#include <cerrno>
#include <limits>
#include <string>

#include "grammar/time.hpp"
#include "tests/fuzz/invariants.hpp"

using namespace postlint;

namespace {

/// What the C library makes of the text: the judge of our own numbers.
struct LibraryNumber {
  long value = 0;
  bool out_of_range = false;
  std::size_t read = 0;
};
LibraryNumber library_number(const std::string& text) {
  errno = 0;
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  return {value, errno == ERANGE, static_cast<std::size_t>(end - text.c_str())};
}

void check_number(const std::string& text, const grammar::Number& number, long low, long high) {
  const LibraryNumber library = library_number(text);
  const bool good = !text.empty() && library.read == text.size() && !library.out_of_range &&
                    library.value >= low && library.value <= high;
  FUZZ_CHECK(number.value.has_value() == good);
  if (good) FUZZ_CHECK(*number.value == library.value);
  fuzz::check_inside(text, number.at);
}

void check_time(const std::string& text, char default_unit) {
  const grammar::TimeValue time = grammar::parse_time(text, default_unit);
  fuzz::InOrder order(text);
  order.add(time.number);
  order.add(time.unit_at);
  order.add(time.ignored);
  fuzz::check_inside(text, time.at);
  FUZZ_CHECK(time.seconds.has_value() == (time.problem == grammar::TimeProblem::none));
  const LibraryNumber library = library_number(text);
  const char unit = library.read < text.size() ? text[library.read] : default_unit;
  const std::string_view units = "smhdw";
  const long factors[] = {1, 60, 3600, 86400, 604800};
  const std::size_t index = units.find(unit);
  const long bound = std::numeric_limits<std::int32_t>::max();
  const bool good = !text.empty() && !library.out_of_range && library.value >= 0 &&
                    library.value <= bound && unit != '\0' && index != std::string_view::npos &&
                    (index == 0 || library.value < bound / factors[index]);
  FUZZ_CHECK(time.seconds.has_value() == good);
  if (good) FUZZ_CHECK(*time.seconds == library.value * factors[index]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::as_text(data, size));
  if (text.find('\0') != std::string::npos) return 0;
  check_number(text, grammar::parse_integer(text), std::numeric_limits<std::int32_t>::min(),
               std::numeric_limits<std::int32_t>::max());
  check_number(text, grammar::parse_long(text), std::numeric_limits<long>::min(),
               std::numeric_limits<long>::max());
  check_time(text, 's');
  check_time(text, 'd');
  const auto level = grammar::parse_compatibility_level(text);
  if (level) FUZZ_CHECK(level->major >= 0 && level->minor < 1024 && level->patch < 1024);
  grammar::parse_boolean(text);
  return 0;
}
