#include "src/model/host_name.hpp"

namespace postlint::model {

std::string full_host_name(std::string host_name,
                           const std::function<std::optional<std::string>()>& mydomain) {
  const std::string suffix = std::string(".") + default_domain;
  if (host_name.ends_with(suffix)) host_name.resize(host_name.size() - suffix.size());
  if (host_name.find('.') != std::string::npos) return host_name;
  return host_name + "." + mydomain().value_or(default_domain);
}

std::string domain_of(const std::string& myhostname) {
  const auto dot = myhostname.find('.');
  return dot == std::string::npos ? default_domain : myhostname.substr(dot + 1);
}

}  // namespace postlint::model
