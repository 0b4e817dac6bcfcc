#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/model/workspace.hpp"
#include "src/smtpd/facts.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/table_set.hpp"
#include "src/smtpd/trace.hpp"
#include "src/text/result.hpp"

namespace postlint::cli {

/// The smtpd(8) services of a configuration, each built at the first request for it.
class TracePlayer {
 public:
  /// `workspace` and `facts` outlive the player.
  TracePlayer(const model::Workspace& workspace, const smtpd::Facts& facts,
              smtpd::MissingTables missing);

  /// The server of a service as users write it: "name/type", a name that one smtpd service bears,
  /// a port; empty: the first inet, else the first pass service. The error lists the candidates.
  Result<const smtpd::Server*> server(const std::string& service);

  const smtpd::Server& server(const model::Service& service);

  [[nodiscard]] smtpd::Trace play(const smtpd::Server& server, const smtpd::Request& request) const;

 private:
  [[nodiscard]] std::vector<const model::Service*> candidates(const std::string& service) const;

  const model::Workspace* workspace_;
  const smtpd::Facts* facts_;
  smtpd::TableSet tables_;
  std::map<const model::Service*, std::unique_ptr<smtpd::Server>> servers_;
};

}  // namespace postlint::cli
