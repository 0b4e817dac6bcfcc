#include "grammar/network.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;
using grammar::NetworkProblem;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::NetworkPattern pattern = grammar::parse_network(text);
  fuzz::check_inside(text, pattern.at);
  fuzz::check_inside(text, pattern.address);
  fuzz::check_inside(text, pattern.mask);
  FUZZ_CHECK(pattern.network.has_value() == (pattern.problem == NetworkProblem::none));
  FUZZ_CHECK(problem_text(text, pattern).empty() == pattern.network.has_value());
  if (pattern.network) {
    const grammar::Network& network = *pattern.network;
    FUZZ_CHECK(network.prefix <= bit_count(network.address.family));
    FUZZ_CHECK(contains(network, network.address));
    FUZZ_CHECK(contains(network, network));
    FUZZ_CHECK(grammar::parse_network(to_text(network)).network == network);
    FUZZ_CHECK(grammar::parse_address(to_text(network.address)) == network.address);
  }
  const std::string suggestion = suggested_network(text, pattern);
  FUZZ_CHECK(suggestion.empty() == (pattern.problem != NetworkProblem::host_bits));
  if (!suggestion.empty()) FUZZ_CHECK(grammar::parse_network(suggestion).network.has_value());
  return 0;
}
