#include "src/smtpd/relay.hpp"

namespace postlint::smtpd {

std::string_view relay_verdict_name(RelayVerdict verdict) {
  switch (verdict) {
    case RelayVerdict::closed:
      return "closed";
    case RelayVerdict::depends:
      return "depends";
    case RelayVerdict::limited:
      return "limited";
    case RelayVerdict::open:
      return "open";
    default:
      return "dead";
  }
}

std::string_view trusted_kind_name(TrustedParty::Kind kind) {
  switch (kind) {
    case TrustedParty::Kind::network:
      return "network";
    case TrustedParty::Kind::sasl:
      return "sasl";
    case TrustedParty::Kind::certificate:
      return "certificate";
    case TrustedParty::Kind::name:
      return "name";
    default:
      return "table";
  }
}

std::string_view client_class_name(ClientClass c) {
  switch (c) {
    case ClientClass::stranger:
      return "stranger";
    case ClientClass::my_networks:
      return "my networks";
    case ClientClass::this_host:
      return "this host";
    case ClientClass::sasl_user:
      return "SASL user";
    default:
      return "client certificate";
  }
}

std::string_view destination_class_name(DestinationClass d) {
  switch (d) {
    case DestinationClass::local:
      return "local";
    case DestinationClass::virtual_alias:
      return "virtual alias";
    case DestinationClass::virtual_mailbox:
      return "virtual mailbox";
    case DestinationClass::relay:
      return "relay";
    default:
      return "foreign";
  }
}

}  // namespace postlint::smtpd
