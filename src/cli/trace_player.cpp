#include "src/cli/trace_player.hpp"

#include <algorithm>

#include "src/smtpd/evaluate.hpp"

namespace postlint::cli {
namespace {

using model::Field;
using model::Service;

std::string_view field(const Service& service, Field f) {
  if (service.entry != nullptr) return service.entry->field(f);
  return f == Field::service ? std::string_view("smtp") : std::string_view("inet");
}

std::optional<std::uint16_t> port_of(const Service& service) {
  if (service.entry != nullptr) return service.entry->port();
  return std::uint16_t{25};
}

std::optional<std::uint16_t> port_number(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  const int value = std::stoi(text);
  return value > 0 && value < 65536 ? std::optional(static_cast<std::uint16_t>(value))
                                    : std::nullopt;
}

}  // namespace

TracePlayer::TracePlayer(const model::Workspace& workspace, const smtpd::Facts& facts,
                         smtpd::MissingTables missing)
    : workspace_(&workspace), facts_(&facts), tables_(workspace, facts.tables, missing) {}

std::vector<const Service*> TracePlayer::candidates(const std::string& wanted) const {
  std::vector<const Service*> all;
  for (const Service& service : workspace_->services())
    if (service.is_smtpd() &&
        (field(service, Field::type) == "inet" || field(service, Field::type) == "pass"))
      all.push_back(&service);
  if (wanted.empty()) {
    for (const std::string_view type : {"inet", "pass"})
      for (const Service* service : all)
        if (field(*service, Field::type) == type) return {service};
    return {};
  }
  const auto matching = [&](const auto& test) {
    std::vector<const Service*> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), test);
    return found;
  };
  auto found = matching([&](const Service* s) { return s->name() == wanted; });
  if (found.empty())
    found = matching([&](const Service* s) { return field(*s, Field::service) == wanted; });
  if (found.empty())
    if (const auto port = port_number(wanted))
      found = matching([&](const Service* s) { return port_of(*s) == port; });
  return found.empty() ? std::vector<const Service*>() : found;
}

Result<const smtpd::Server*> TracePlayer::server(const std::string& wanted) {
  const auto found = candidates(wanted);
  if (found.size() != 1) {
    std::string names;
    for (const Service& service : workspace_->services())
      if (service.is_smtpd()) names += (names.empty() ? "" : ", ") + service.name();
    if (names.empty()) return Error{"the configuration has no smtpd service"};
    if (found.empty())
      return Error{"there is no smtpd service \"" + wanted + "\"; there is " + names};
    return Error{"the service \"" + wanted + "\" is not unique; there is " + names};
  }
  return &this->server(*found[0]);
}

const smtpd::Server& TracePlayer::server(const Service& service) {
  auto& server = servers_[&service];
  if (!server) server = std::make_unique<smtpd::Server>(*workspace_, service, tables_);
  return *server;
}

smtpd::Trace TracePlayer::play(const smtpd::Server& server, const smtpd::Request& request) const {
  return smtpd::evaluate(server, request, *facts_);
}

}  // namespace postlint::cli
