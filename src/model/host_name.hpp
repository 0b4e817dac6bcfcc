#pragma once

#include <functional>
#include <optional>
#include <string>

namespace postlint::model {

/// The domain that Postfix gives to a host whose name has none.
inline constexpr const char* default_domain = "localdomain";

/// The default of myhostname (mail_params.c): the host's own name, which is completed with
/// mydomain (where it is set; asked for only then) or with the default domain if it has no dot. A
/// name that ends in the default domain is taken for one that Postfix completed already, as
/// `postconf -h myhostname` prints it.
std::string full_host_name(std::string host_name,
                           const std::function<std::optional<std::string>()>& mydomain);

/// The default of mydomain: what stands behind the first dot of myhostname.
std::string domain_of(const std::string& myhostname);

}  // namespace postlint::model
