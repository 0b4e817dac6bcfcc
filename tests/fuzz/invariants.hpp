#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "src/text/span.hpp"

/// Stops the fuzzer with the place of a broken promise.
#define FUZZ_CHECK(condition)                                              \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                        \
    }                                                                      \
  } while (false)

namespace postlint::fuzz {

using text::Range;

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void check_inside(std::string_view text, Range range) {
  FUZZ_CHECK(range.lo <= range.hi);
  FUZZ_CHECK(range.hi <= text.size());
}
inline void check_within(Range outer, Range inner) {
  FUZZ_CHECK(inner.lo <= inner.hi);
  FUZZ_CHECK(outer.lo <= inner.lo && inner.hi <= outer.hi);
}

/// Ranges that are given one after the other lie in the text, in order, and share no byte.
class InOrder {
 public:
  explicit InOrder(std::string_view text) : text_(text) {}
  void add(Range range) {
    check_inside(text_, range);
    FUZZ_CHECK(range.lo >= end_);
    end_ = range.hi;
  }

 private:
  std::string_view text_;
  std::uint32_t end_ = 0;
};

/// No byte outside the ranges given to add() in order is other than those of `separators`.
class OnlyBetween {
 public:
  OnlyBetween(std::string_view text, std::string_view separators)
      : text_(text), separators_(separators) {}
  void add(Range range) {
    check_gap(range.lo);
    at_ = range.hi;
  }
  void end() { check_gap(static_cast<std::uint32_t>(text_.size())); }

 private:
  void check_gap(std::uint32_t to) {
    FUZZ_CHECK(text_.substr(at_, to - at_).find_first_not_of(separators_) ==
               std::string_view::npos);
  }
  std::string_view text_;
  std::string_view separators_;
  std::uint32_t at_ = 0;
};

}  // namespace postlint::fuzz
