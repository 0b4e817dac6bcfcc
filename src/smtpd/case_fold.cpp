#include "src/smtpd/case_fold.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace postlint::smtpd {
namespace {

/// Every `step`-th character from lo to hi folds to the one `delta` further on.
struct FoldedRun {
  char32_t lo;
  char32_t hi;
  std::int32_t delta;
  std::uint8_t step;
};

/// A character that folds to several.
struct Expansion {
  char32_t from;
  std::string_view to;  // UTF-8
};

// clang-format off
constexpr std::array<FoldedRun, 194> folded_runs{{
    {0xb5, 0xb5, 775, 1}, {0xc0, 0xd6, 32, 1}, {0xd8, 0xde, 32, 1}, {0x100, 0x12e, 1, 2},
    {0x132, 0x136, 1, 2}, {0x139, 0x147, 1, 2}, {0x14a, 0x176, 1, 2}, {0x178, 0x178, -121, 1},
    {0x179, 0x17d, 1, 2}, {0x17f, 0x17f, -268, 1}, {0x181, 0x181, 210, 1}, {0x182, 0x184, 1, 2},
    {0x186, 0x186, 206, 1}, {0x187, 0x187, 1, 1}, {0x189, 0x18a, 205, 1}, {0x18b, 0x18b, 1, 1},
    {0x18e, 0x18e, 79, 1}, {0x18f, 0x18f, 202, 1}, {0x190, 0x190, 203, 1}, {0x191, 0x191, 1, 1},
    {0x193, 0x193, 205, 1}, {0x194, 0x194, 207, 1}, {0x196, 0x196, 211, 1}, {0x197, 0x197, 209, 1},
    {0x198, 0x198, 1, 1}, {0x19c, 0x19c, 211, 1}, {0x19d, 0x19d, 213, 1}, {0x19f, 0x19f, 214, 1},
    {0x1a0, 0x1a4, 1, 2}, {0x1a6, 0x1a6, 218, 1}, {0x1a7, 0x1a7, 1, 1}, {0x1a9, 0x1a9, 218, 1},
    {0x1ac, 0x1ac, 1, 1}, {0x1ae, 0x1ae, 218, 1}, {0x1af, 0x1af, 1, 1}, {0x1b1, 0x1b2, 217, 1},
    {0x1b3, 0x1b5, 1, 2}, {0x1b7, 0x1b7, 219, 1}, {0x1b8, 0x1b8, 1, 1}, {0x1bc, 0x1bc, 1, 1},
    {0x1c4, 0x1c4, 2, 1}, {0x1c5, 0x1c5, 1, 1}, {0x1c7, 0x1c7, 2, 1}, {0x1c8, 0x1c8, 1, 1},
    {0x1ca, 0x1ca, 2, 1}, {0x1cb, 0x1db, 1, 2}, {0x1de, 0x1ee, 1, 2}, {0x1f1, 0x1f1, 2, 1},
    {0x1f2, 0x1f4, 1, 2}, {0x1f6, 0x1f6, -97, 1}, {0x1f7, 0x1f7, -56, 1}, {0x1f8, 0x21e, 1, 2},
    {0x220, 0x220, -130, 1}, {0x222, 0x232, 1, 2}, {0x23a, 0x23a, 10795, 1}, {0x23b, 0x23b, 1, 1},
    {0x23d, 0x23d, -163, 1}, {0x23e, 0x23e, 10792, 1}, {0x241, 0x241, 1, 1},
    {0x243, 0x243, -195, 1}, {0x244, 0x244, 69, 1}, {0x245, 0x245, 71, 1}, {0x246, 0x24e, 1, 2},
    {0x345, 0x345, 116, 1}, {0x370, 0x372, 1, 2}, {0x376, 0x376, 1, 1}, {0x37f, 0x37f, 116, 1},
    {0x386, 0x386, 38, 1}, {0x388, 0x38a, 37, 1}, {0x38c, 0x38c, 64, 1}, {0x38e, 0x38f, 63, 1},
    {0x391, 0x3a1, 32, 1}, {0x3a3, 0x3ab, 32, 1}, {0x3c2, 0x3c2, 1, 1}, {0x3cf, 0x3cf, 8, 1},
    {0x3d0, 0x3d0, -30, 1}, {0x3d1, 0x3d1, -25, 1}, {0x3d5, 0x3d5, -15, 1}, {0x3d6, 0x3d6, -22, 1},
    {0x3d8, 0x3ee, 1, 2}, {0x3f0, 0x3f0, -54, 1}, {0x3f1, 0x3f1, -48, 1}, {0x3f4, 0x3f4, -60, 1},
    {0x3f5, 0x3f5, -64, 1}, {0x3f7, 0x3f7, 1, 1}, {0x3f9, 0x3f9, -7, 1}, {0x3fa, 0x3fa, 1, 1},
    {0x3fd, 0x3ff, -130, 1}, {0x400, 0x40f, 80, 1}, {0x410, 0x42f, 32, 1}, {0x460, 0x480, 1, 2},
    {0x48a, 0x4be, 1, 2}, {0x4c0, 0x4c0, 15, 1}, {0x4c1, 0x4cd, 1, 2}, {0x4d0, 0x52e, 1, 2},
    {0x531, 0x556, 48, 1}, {0x10a0, 0x10c5, 7264, 1}, {0x10c7, 0x10c7, 7264, 1},
    {0x10cd, 0x10cd, 7264, 1}, {0x13f8, 0x13fd, -8, 1}, {0x1c80, 0x1c80, -6222, 1},
    {0x1c81, 0x1c81, -6221, 1}, {0x1c82, 0x1c82, -6212, 1}, {0x1c83, 0x1c84, -6210, 1},
    {0x1c85, 0x1c85, -6211, 1}, {0x1c86, 0x1c86, -6204, 1}, {0x1c87, 0x1c87, -6180, 1},
    {0x1c88, 0x1c88, 35267, 1}, {0x1c90, 0x1cba, -3008, 1}, {0x1cbd, 0x1cbf, -3008, 1},
    {0x1e00, 0x1e94, 1, 2}, {0x1e9b, 0x1e9b, -58, 1}, {0x1ea0, 0x1efe, 1, 2},
    {0x1f08, 0x1f0f, -8, 1}, {0x1f18, 0x1f1d, -8, 1}, {0x1f28, 0x1f2f, -8, 1},
    {0x1f38, 0x1f3f, -8, 1}, {0x1f48, 0x1f4d, -8, 1}, {0x1f59, 0x1f5f, -8, 2},
    {0x1f68, 0x1f6f, -8, 1}, {0x1fb8, 0x1fb9, -8, 1}, {0x1fba, 0x1fbb, -74, 1},
    {0x1fbe, 0x1fbe, -7173, 1}, {0x1fc8, 0x1fcb, -86, 1}, {0x1fd8, 0x1fd9, -8, 1},
    {0x1fda, 0x1fdb, -100, 1}, {0x1fe8, 0x1fe9, -8, 1}, {0x1fea, 0x1feb, -112, 1},
    {0x1fec, 0x1fec, -7, 1}, {0x1ff8, 0x1ff9, -128, 1}, {0x1ffa, 0x1ffb, -126, 1},
    {0x2126, 0x2126, -7517, 1}, {0x212a, 0x212a, -8383, 1}, {0x212b, 0x212b, -8262, 1},
    {0x2132, 0x2132, 28, 1}, {0x2160, 0x216f, 16, 1}, {0x2183, 0x2183, 1, 1},
    {0x24b6, 0x24cf, 26, 1}, {0x2c00, 0x2c2f, 48, 1}, {0x2c60, 0x2c60, 1, 1},
    {0x2c62, 0x2c62, -10743, 1}, {0x2c63, 0x2c63, -3814, 1}, {0x2c64, 0x2c64, -10727, 1},
    {0x2c67, 0x2c6b, 1, 2}, {0x2c6d, 0x2c6d, -10780, 1}, {0x2c6e, 0x2c6e, -10749, 1},
    {0x2c6f, 0x2c6f, -10783, 1}, {0x2c70, 0x2c70, -10782, 1}, {0x2c72, 0x2c72, 1, 1},
    {0x2c75, 0x2c75, 1, 1}, {0x2c7e, 0x2c7f, -10815, 1}, {0x2c80, 0x2ce2, 1, 2},
    {0x2ceb, 0x2ced, 1, 2}, {0x2cf2, 0x2cf2, 1, 1}, {0xa640, 0xa66c, 1, 2}, {0xa680, 0xa69a, 1, 2},
    {0xa722, 0xa72e, 1, 2}, {0xa732, 0xa76e, 1, 2}, {0xa779, 0xa77b, 1, 2},
    {0xa77d, 0xa77d, -35332, 1}, {0xa77e, 0xa786, 1, 2}, {0xa78b, 0xa78b, 1, 1},
    {0xa78d, 0xa78d, -42280, 1}, {0xa790, 0xa792, 1, 2}, {0xa796, 0xa7a8, 1, 2},
    {0xa7aa, 0xa7aa, -42308, 1}, {0xa7ab, 0xa7ab, -42319, 1}, {0xa7ac, 0xa7ac, -42315, 1},
    {0xa7ad, 0xa7ad, -42305, 1}, {0xa7ae, 0xa7ae, -42308, 1}, {0xa7b0, 0xa7b0, -42258, 1},
    {0xa7b1, 0xa7b1, -42282, 1}, {0xa7b2, 0xa7b2, -42261, 1}, {0xa7b3, 0xa7b3, 928, 1},
    {0xa7b4, 0xa7c2, 1, 2}, {0xa7c4, 0xa7c4, -48, 1}, {0xa7c5, 0xa7c5, -42307, 1},
    {0xa7c6, 0xa7c6, -35384, 1}, {0xa7c7, 0xa7c9, 1, 2}, {0xa7d0, 0xa7d0, 1, 1},
    {0xa7d6, 0xa7d8, 1, 2}, {0xa7f5, 0xa7f5, 1, 1}, {0xab70, 0xabbf, -38864, 1},
    {0xff21, 0xff3a, 32, 1}, {0x10400, 0x10427, 40, 1}, {0x104b0, 0x104d3, 40, 1},
    {0x10570, 0x1057a, 39, 1}, {0x1057c, 0x1058a, 39, 1}, {0x1058c, 0x10592, 39, 1},
    {0x10594, 0x10595, 39, 1}, {0x10c80, 0x10cb2, 64, 1}, {0x118a0, 0x118bf, 32, 1},
    {0x16e40, 0x16e5f, 32, 1}, {0x1e900, 0x1e921, 34, 1},
}};

constexpr std::array<Expansion, 104> expansions{{
    {0xdf, "\163\163"}, {0x130, "\151\xcc\x87"}, {0x149, "\xca\xbc\156"}, {0x1f0, "\152\xcc\x8c"},
    {0x390, "\xce\xb9\xcc\x88\xcc\x81"}, {0x3b0, "\xcf\x85\xcc\x88\xcc\x81"},
    {0x587, "\xd5\xa5\xd6\x82"}, {0x1e96, "\150\xcc\xb1"}, {0x1e97, "\164\xcc\x88"},
    {0x1e98, "\167\xcc\x8a"}, {0x1e99, "\171\xcc\x8a"}, {0x1e9a, "\141\xca\xbe"},
    {0x1e9e, "\163\163"}, {0x1f50, "\xcf\x85\xcc\x93"}, {0x1f52, "\xcf\x85\xcc\x93\xcc\x80"},
    {0x1f54, "\xcf\x85\xcc\x93\xcc\x81"}, {0x1f56, "\xcf\x85\xcc\x93\xcd\x82"},
    {0x1f80, "\xe1\xbc\x80\xce\xb9"}, {0x1f81, "\xe1\xbc\x81\xce\xb9"},
    {0x1f82, "\xe1\xbc\x82\xce\xb9"}, {0x1f83, "\xe1\xbc\x83\xce\xb9"},
    {0x1f84, "\xe1\xbc\x84\xce\xb9"}, {0x1f85, "\xe1\xbc\x85\xce\xb9"},
    {0x1f86, "\xe1\xbc\x86\xce\xb9"}, {0x1f87, "\xe1\xbc\x87\xce\xb9"},
    {0x1f88, "\xe1\xbc\x80\xce\xb9"}, {0x1f89, "\xe1\xbc\x81\xce\xb9"},
    {0x1f8a, "\xe1\xbc\x82\xce\xb9"}, {0x1f8b, "\xe1\xbc\x83\xce\xb9"},
    {0x1f8c, "\xe1\xbc\x84\xce\xb9"}, {0x1f8d, "\xe1\xbc\x85\xce\xb9"},
    {0x1f8e, "\xe1\xbc\x86\xce\xb9"}, {0x1f8f, "\xe1\xbc\x87\xce\xb9"},
    {0x1f90, "\xe1\xbc\xa0\xce\xb9"}, {0x1f91, "\xe1\xbc\xa1\xce\xb9"},
    {0x1f92, "\xe1\xbc\xa2\xce\xb9"}, {0x1f93, "\xe1\xbc\xa3\xce\xb9"},
    {0x1f94, "\xe1\xbc\xa4\xce\xb9"}, {0x1f95, "\xe1\xbc\xa5\xce\xb9"},
    {0x1f96, "\xe1\xbc\xa6\xce\xb9"}, {0x1f97, "\xe1\xbc\xa7\xce\xb9"},
    {0x1f98, "\xe1\xbc\xa0\xce\xb9"}, {0x1f99, "\xe1\xbc\xa1\xce\xb9"},
    {0x1f9a, "\xe1\xbc\xa2\xce\xb9"}, {0x1f9b, "\xe1\xbc\xa3\xce\xb9"},
    {0x1f9c, "\xe1\xbc\xa4\xce\xb9"}, {0x1f9d, "\xe1\xbc\xa5\xce\xb9"},
    {0x1f9e, "\xe1\xbc\xa6\xce\xb9"}, {0x1f9f, "\xe1\xbc\xa7\xce\xb9"},
    {0x1fa0, "\xe1\xbd\xa0\xce\xb9"}, {0x1fa1, "\xe1\xbd\xa1\xce\xb9"},
    {0x1fa2, "\xe1\xbd\xa2\xce\xb9"}, {0x1fa3, "\xe1\xbd\xa3\xce\xb9"},
    {0x1fa4, "\xe1\xbd\xa4\xce\xb9"}, {0x1fa5, "\xe1\xbd\xa5\xce\xb9"},
    {0x1fa6, "\xe1\xbd\xa6\xce\xb9"}, {0x1fa7, "\xe1\xbd\xa7\xce\xb9"},
    {0x1fa8, "\xe1\xbd\xa0\xce\xb9"}, {0x1fa9, "\xe1\xbd\xa1\xce\xb9"},
    {0x1faa, "\xe1\xbd\xa2\xce\xb9"}, {0x1fab, "\xe1\xbd\xa3\xce\xb9"},
    {0x1fac, "\xe1\xbd\xa4\xce\xb9"}, {0x1fad, "\xe1\xbd\xa5\xce\xb9"},
    {0x1fae, "\xe1\xbd\xa6\xce\xb9"}, {0x1faf, "\xe1\xbd\xa7\xce\xb9"},
    {0x1fb2, "\xe1\xbd\xb0\xce\xb9"}, {0x1fb3, "\xce\xb1\xce\xb9"}, {0x1fb4, "\xce\xac\xce\xb9"},
    {0x1fb6, "\xce\xb1\xcd\x82"}, {0x1fb7, "\xce\xb1\xcd\x82\xce\xb9"},
    {0x1fbc, "\xce\xb1\xce\xb9"}, {0x1fc2, "\xe1\xbd\xb4\xce\xb9"}, {0x1fc3, "\xce\xb7\xce\xb9"},
    {0x1fc4, "\xce\xae\xce\xb9"}, {0x1fc6, "\xce\xb7\xcd\x82"},
    {0x1fc7, "\xce\xb7\xcd\x82\xce\xb9"}, {0x1fcc, "\xce\xb7\xce\xb9"},
    {0x1fd2, "\xce\xb9\xcc\x88\xcc\x80"}, {0x1fd3, "\xce\xb9\xcc\x88\xcc\x81"},
    {0x1fd6, "\xce\xb9\xcd\x82"}, {0x1fd7, "\xce\xb9\xcc\x88\xcd\x82"},
    {0x1fe2, "\xcf\x85\xcc\x88\xcc\x80"}, {0x1fe3, "\xcf\x85\xcc\x88\xcc\x81"},
    {0x1fe4, "\xcf\x81\xcc\x93"}, {0x1fe6, "\xcf\x85\xcd\x82"},
    {0x1fe7, "\xcf\x85\xcc\x88\xcd\x82"}, {0x1ff2, "\xe1\xbd\xbc\xce\xb9"},
    {0x1ff3, "\xcf\x89\xce\xb9"}, {0x1ff4, "\xcf\x8e\xce\xb9"}, {0x1ff6, "\xcf\x89\xcd\x82"},
    {0x1ff7, "\xcf\x89\xcd\x82\xce\xb9"}, {0x1ffc, "\xcf\x89\xce\xb9"}, {0xfb00, "\146\146"},
    {0xfb01, "\146\151"}, {0xfb02, "\146\154"}, {0xfb03, "\146\146\151"}, {0xfb04, "\146\146\154"},
    {0xfb05, "\163\164"}, {0xfb06, "\163\164"}, {0xfb13, "\xd5\xb4\xd5\xb6"},
    {0xfb14, "\xd5\xb4\xd5\xa5"}, {0xfb15, "\xd5\xb4\xd5\xab"}, {0xfb16, "\xd5\xbe\xd5\xb6"},
    {0xfb17, "\xd5\xb4\xd5\xad"},
}};
// clang-format on

struct Decoded {
  char32_t character = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

Decoded decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc2 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                                         : 4;
  if (size == 0 || lead > 0xf4 || text.size() < size) return {};
  if (size == 1) return {lead, 1};
  char32_t character = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto tail = static_cast<unsigned char>(text[i]);
    if ((tail & 0xc0) != 0x80) return {};
    character = character << 6 | (tail & 0x3fu);
  }
  return {character, size};
}

void append(std::string& text, char32_t character) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xc0 | character >> 6);
  } else if (character < 0x10000) {
    put(0xe0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3f));
  } else {
    put(0xf0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3f));
    put(0x80 | (character >> 6 & 0x3f));
  }
  put(0x80 | (character & 0x3f));
}

void append_folded(std::string& text, char32_t character) {
  if (character < 0x80) {
    const bool upper = character >= 'A' && character <= 'Z';
    text += static_cast<char>(upper ? character + ('a' - 'A') : character);
    return;
  }
  const auto expansion =
      std::lower_bound(expansions.begin(), expansions.end(), character,
                       [](const Expansion& e, char32_t c) { return e.from < c; });
  if (expansion != expansions.end() && expansion->from == character) {
    text += expansion->to;
    return;
  }
  const auto run = std::lower_bound(folded_runs.begin(), folded_runs.end(), character,
                                    [](const FoldedRun& r, char32_t c) { return r.hi < c; });
  const bool folds =
      run != folded_runs.end() && run->lo <= character && (character - run->lo) % run->step == 0;
  append(text, folds ? static_cast<char32_t>(static_cast<std::int32_t>(character) + run->delta)
                     : character);
}

}  // namespace

std::string unicode_fold(std::string_view text) {
  std::string folded;
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    if (decoded.size == 0) {
      folded += text[0];
      text.remove_prefix(1);
    } else {
      append_folded(folded, decoded.character);
      text.remove_prefix(decoded.size);
    }
  }
  return folded;
}

}  // namespace postlint::smtpd
