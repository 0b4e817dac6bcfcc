#include <algorithm>

#include "src/smtpd/relay.hpp"
#include "src/smtpd/relay_search.hpp"

namespace postlint::smtpd {

std::vector<Request> probe_requests(const Server& server, const Facts& facts, std::size_t limit) {
  std::vector<Request> requests;
  if (!server.fatal().empty()) return requests;
  const RelayOptions options;
  const Space space = stranger_space(server, options, find_sources(server));
  if (space.addresses.empty()) return requests;
  PathSearch search(server, facts, space, limit);
  search.run([](const RecipientChoice&) { return true; }, 1,
             [&](const Path& path) {
               std::array<std::uint32_t, dimension_count> members{};
               for (std::size_t d = 0; d < dimension_count; ++d)
                 members[d] = path.box.members[d]->front();
               requests.push_back(search.world().request_of(members, 1));
               requests.back().service = server.name();
               return requests.size() < limit;
             });
  return requests;
}

}  // namespace postlint::smtpd
