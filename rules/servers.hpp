#pragma once

#include <map>
#include <memory>

#include "src/engine/rule.hpp"
#include "src/smtpd/server.hpp"
#include "src/smtpd/trusted_networks.hpp"

namespace postlint::rules {

/// The tables of the configuration, as far as their sources are here.
inline const smtpd::TableSet& tables_of(engine::Sink& sink) {
  return sink.shared<smtpd::TableSet>([&] { return smtpd::tables_at_hand(sink.workspace()); });
}

/// The trivial-rewrite(8) that all servers ask.
inline std::shared_ptr<const smtpd::Resolver> resolver_of(engine::Sink& sink) {
  return sink.shared<std::shared_ptr<const smtpd::Resolver>>([&] {
    return std::make_shared<const smtpd::Resolver>(tables_of(sink),
                                                   smtpd::rewrite_config(sink.workspace()));
  });
}

/// The smtpd(8) of a service, made when the first rule asks for it.
inline const smtpd::Server& server_of(const model::Service& service, engine::Sink& sink) {
  using Servers = std::map<const model::Service*, std::unique_ptr<smtpd::Server>>;
  auto& known = *sink.shared<std::shared_ptr<Servers>>([] { return std::make_shared<Servers>(); });
  std::unique_ptr<smtpd::Server>& slot = known[&service];
  if (slot == nullptr) {
    slot = std::make_unique<smtpd::Server>(sink.workspace(), service, tables_of(sink),
                                           resolver_of(sink));
  }
  return *slot;
}

}  // namespace postlint::rules
