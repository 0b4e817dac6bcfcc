#include "grammar/main_line.hpp"

#include <boost/fusion/include/vector.hpp>
#include <cstring>

#include "grammar/x3/bytes.hpp"

namespace postlint::grammar {

namespace {

using namespace x3_bytes;

constexpr ByteSet space(" \t\n\v\f\r");
constexpr ByteSet name_end(" \t\n\v\f\r=");
constexpr ByteSet name_bytes = ~name_end;

const auto name = any_of(space) >> x3::raw[some_of(name_bytes)] >> any_of(space);
const auto equals = x3::lit('=') >> any_of(space);

}  // namespace

MainLine parse_main_line(std::string_view line) {
  const char* const begin = line.data();
  const auto* nul = static_cast<const char*>(std::memchr(begin, '\0', line.size()));
  const char* end = nul != nullptr ? nul : begin + line.size();
  const char* at = begin;
  MainLine tree;
  IteratorRange found;
  if (!x3::parse(at, end, name, found)) {
    tree.kind = MainLine::Kind::missing_name;
    return tree;
  }
  tree.name = to_range(begin, found);
  if (!x3::parse(at, end, equals)) {
    tree.kind = MainLine::Kind::missing_equals;
    return tree;
  }
  while (end != at && space.has(end[-1])) --end;
  tree.value = to_range(begin, {at, end});
  return tree;
}

}  // namespace postlint::grammar
