// Parses a main.cf in memory and counts its newlines, in turn. Prints the median seconds of each,
// and the peak memory of the process while it held one parse, in multiples of the input.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#include "src/model/main_cf.hpp"
#include "src/text/source.hpp"

using namespace postlint;

namespace {

template <class Work>
double seconds(const Work& work) {
  const auto since = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double median(std::array<double, 5> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Of this program alone: getrusage(2) starts at what the parent had.
double peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto bytes = text::read_file(argv[1]);
  if (!bytes) {
    std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
    return 3;
  }
  text::SourceStore sources;
  const text::FileId file = sources.add(argv[1], std::move(*bytes));
  const std::string_view text = sources[file].bytes();
  std::array<double, 5> parse{};
  std::array<double, 5> count{};
  std::size_t found = 0;
  for (std::size_t at = 0; at < parse.size(); ++at) {
    parse[at] = seconds([&] { found += model::parse_main_cf(sources, file).entries.size(); });
    count[at] = seconds(
        [&] { found += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); });
  }
  std::printf("%f %f %f\n", median(parse), median(count),
              peak_bytes() / static_cast<double>(text.size()));
  return found == 0 ? 1 : 0;  // keeps the work from being optimized away
}
