#include "src/engine/service_ports.hpp"

namespace postlint::engine {

bool is_submission(const model::Service& service) {
  if (service.entry == nullptr || !service.is_smtpd()) return false;
  const auto port = service.entry->port();
  return port == 465 || port == 587;
}

}  // namespace postlint::engine
