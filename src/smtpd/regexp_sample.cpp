#include "src/smtpd/regexp_sample.hpp"

#include <algorithm>

#include "src/smtpd/regexp_tree.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::byte;

/// Writes one match; `turn` says which way it goes where there are several.
class Writer {
 public:
  explicit Writer(std::size_t turn) : turn_(turn) {}

  void write(const RegexpNode& node, std::string& out) {
    constexpr std::size_t longest = 500;
    const int few = node.least == 0 && next(2) == 1 ? 1 : node.least;
    for (int i = 0; i < few && out.size() < longest; ++i) write_once(node, out);
  }

 private:
  void write_once(const RegexpNode& node, std::string& out) {
    switch (node.kind) {
      case RegexpNode::Kind::set:
        out += pick(node.set);
        return;
      case RegexpNode::Kind::choice:
        write(node.children[next(node.children.size())], out);
        return;
      case RegexpNode::Kind::start:
      case RegexpNode::Kind::end:
        return;
      default:
        for (const RegexpNode& child : node.children) write(child, out);
    }
  }

  std::size_t next(std::size_t count) {
    if (count < 2) return 0;
    const std::size_t way = turn_ % count;
    turn_ /= count;
    return way;
  }

  static std::string pick(const std::bitset<256>& set) {
    constexpr std::string_view preferred =
        "abcdefghijklmnopqrstuvwxyz0123456789-._@ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const char c : preferred)
      if (set.test(byte(c))) return std::string(1, c);
    for (std::size_t c = 1; c < set.size(); ++c)
      if (set.test(c)) return std::string(1, static_cast<char>(c));
    return {};
  }

  std::size_t turn_;
};

}  // namespace

std::vector<std::string> sample_matches(std::string_view pattern, std::size_t limit) {
  const RegexpNode tree = parse_regexp_tree(pattern).root;
  std::vector<std::string> samples;
  for (std::size_t turn = 0; turn < 4 * limit && samples.size() < limit; ++turn) {
    std::string sample;
    Writer(turn).write(tree, sample);
    if (std::find(samples.begin(), samples.end(), sample) == samples.end())
      samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace postlint::smtpd
