#include "src/cli/request_file.hpp"

#include <arpa/inet.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace postlint::cli {
namespace {

using Json = nlohmann::json;
using smtpd::PeerName;
using smtpd::Request;

/// Reads the keys of one object; remembers the first mistake.
class RequestReader {
 public:
  explicit RequestReader(const Json& object) : object_(object) {}

  std::string error;

  Request read() {
    Request request;
    check_keys();
    request.service = text("service", false).value_or(std::string());
    request.client = text("client", true).value_or(std::string());
    request.client_name = peer("client_name");
    request.reverse_name = peer("reverse_name");
    request.helo = object_.contains("helo") ? nullable("helo") : default_helo(request);
    if (object_.contains("ehlo")) request.ehlo = boolean(object_["ehlo"], "ehlo");
    read_tls(request);
    request.sasl = nullable("sasl");
    if (auto method = text("sasl_method", false)) request.sasl_method = *method;
    request.from = text("from", false).value_or(std::string());
    read_recipients(request);
    read_size(request);
    if (auto until = text("until", false)) {
      const auto stage = smtpd::parse_stage(*until);
      if (!stage)
        fail("until", "is no stage (connect, helo, starttls, auth, mail, rcpt, data, eod)");
      request.until = stage.value_or(smtpd::Stage::rcpt);
    }
    if (request.to.empty() && request.until >= smtpd::Stage::rcpt) fail("to", "is missing");
    return request;
  }

 private:
  void fail(const std::string& key, const std::string& what) {
    if (error.empty()) error = "key \"" + key + "\" " + what;
  }

  void check_keys() {
    static const std::set<std::string> known{
        "service", "client", "client_name", "reverse_name", "helo", "ehlo",  "tls",
        "sasl",    "from",   "sasl_method", "to",           "size", "until", "id"};
    for (const auto& [key, value] : object_.items())
      if (!known.contains(key)) fail(key, "is unknown");
  }

  std::optional<std::string> text(const std::string& key, bool required) {
    if (!object_.contains(key) || (object_[key].is_null() && !required)) {
      if (required) fail(key, "is missing");
      return std::nullopt;
    }
    if (!object_[key].is_string()) {
      fail(key, "must be a string");
      return std::nullopt;
    }
    return object_[key].get<std::string>();
  }

  std::optional<std::string> nullable(const std::string& key) {
    if (!object_.contains(key) || object_[key].is_null()) return std::nullopt;
    return text(key, false);
  }

  bool boolean(const Json& value, const std::string& key) {
    if (value.is_boolean()) return value.get<bool>();
    fail(key, "must be true or false");
    return false;
  }

  PeerName peer(const std::string& key) {
    PeerName name;
    if (!object_.contains(key)) return name;
    const Json& value = object_[key];
    if (value.is_null()) {
      name.status = PeerName::Status::none;
    } else if (value.is_string()) {
      name.status = PeerName::Status::known;
      name.name = value.get<std::string>();
      if (name.name.empty()) fail(key, "must not be empty (null: no name)");
    } else if (value.is_object() && value.size() == 1 && value.contains("tempfail") &&
               value["tempfail"] == true) {
      name.status = PeerName::Status::tempfail;
    } else {
      fail(key, "must be a string, null or {\"tempfail\": true}");
    }
    return name;
  }

  void read_tls(Request& request) {
    request.never_tls = object_.contains("tls") && object_["tls"].is_null();
    if (!object_.contains("tls") || request.never_tls) return;
    const Json& value = object_["tls"];
    smtpd::TlsSession session;
    if (value.is_object()) {
      for (const auto& [key, each] : value.items()) {
        if (key == "trusted")
          session.trusted = boolean(each, "tls.trusted");
        else if (!each.is_string())
          fail("tls." + key, "must be a string");
        else if (key == "fingerprint")
          session.fingerprint = each.get<std::string>();
        else if (key == "public_key_fingerprint")
          session.public_key_fingerprint = each.get<std::string>();
        else if (key == "common_name")
          session.common_name = each.get<std::string>();
        else
          fail("tls." + key, "is unknown");
      }
    } else if (value != "anonymous") {
      fail("tls", "must be null, \"anonymous\" or {\"fingerprint\", \"trusted\"}");
    }
    request.tls = std::move(session);
  }

  void read_recipients(Request& request) {
    if (!object_.contains("to") || object_["to"].is_null()) return;
    const Json& value = object_["to"];
    if (value.is_string()) {
      request.to.push_back(value.get<std::string>());
      return;
    }
    if (!value.is_array()) return fail("to", "must be a string or a list of strings");
    for (const Json& each : value) {
      if (!each.is_string()) return fail("to", "must be a string or a list of strings");
      request.to.push_back(each.get<std::string>());
    }
  }

  void read_size(Request& request) {
    if (!object_.contains("size") || object_["size"].is_null()) return;
    const Json& value = object_["size"];
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX)
      return fail("size", "must be a number of bytes");
    request.size = value.get<std::int64_t>();
  }

  const Json& object_;
};

}  // namespace

std::string default_helo(const Request& request) {
  if (request.client_name.status == PeerName::Status::known) return request.client_name.name;
  const bool v6 = request.client.find(':') != std::string::npos;
  return (v6 ? "[IPv6:" : "[") + request.client + ']';
}

namespace {

/// The address as getnameinfo(3) prints it; IPv4-in-IPv6 becomes IPv4. Empty: it is none.
std::string canonical_address(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return address;
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return {};
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
  inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes.data() + 12 : bytes.data(), text.data(),
            text.size());
  return text.data();
}

}  // namespace

Result<Request> parse_request(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  if (object.is_discarded()) return Error{"is no JSON"};
  if (!object.is_object()) return Error{"is no JSON object"};
  RequestReader reader(object);
  Request request = reader.read();
  if (!reader.error.empty()) return Error{reader.error};
  return complete_request(std::move(request));
}

Result<Request> complete_request(Request request) {
  std::string address = canonical_address(request.client);
  if (address.empty()) return Error{"key \"client\": \"" + request.client + "\" is no IP address"};
  request.client = std::move(address);
  const auto has_break = [](const std::string& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
  };
  if (request.helo && has_break(*request.helo)) return Error{"key \"helo\" holds a line break"};
  if (has_break(request.from)) return Error{"key \"from\" holds a line break"};
  for (const std::string& to : request.to)
    if (has_break(to)) return Error{"key \"to\" holds a line break"};
  return request;
}

}  // namespace postlint::cli
