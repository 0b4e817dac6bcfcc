#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/engine/rule.hpp"
#include "src/model/postconf.hpp"

namespace postlint::engine {

/// A setting whose name postconf(1) warns about, at one of its places.
struct OddSetting {
  model::PostconfName::Kind kind = model::PostconfName::Kind::unused;
  std::string name;
  text::Span name_span;
  text::Span span;  // name to value, with the "-o" in master.cf; equals name_span if not found
  std::string value;
  std::string service;      // "smtp/inet"; empty: main.cf or a client file
  std::string client_file;  // of a database client
};

/// What postconf(1) says of names that are set: the rules of category names/ and show agree by
/// construction.
const std::vector<OddSetting>& odd_settings(Sink& sink);

/// The service that an OddSetting of master.cf belongs to; null where there is none in force.
const model::Service* service_of(const OddSetting& setting, Sink& sink);

/// One $name in the text of a setting.
struct Reference {
  std::string_view name;
  text::Span span;      // the name
  bool tested = false;  // only asked whether it is empty: ${name?text}
};

/// All of them, in both branches of conditionals.
std::vector<Reference> references_in(const text::MappedView& value, Sink& sink);

/// Those to names that nobody defines, each name once. A name is known to whoever asks first
/// whether it is empty: ${name?...$name...}. Values that programs expand by themselves have none.
std::vector<Reference> undefined_references(const Assignment& assignment, Sink& sink);

/// What becomes of the value: "it expands to nothing in mydestination".
std::string undefined_effect(const Assignment& assignment, Sink& sink);

/// Where programs die of what is left of the value: "mydomain is empty, and every program dies of
/// it (...)".
std::optional<std::string> fatal_remainder(const Assignment& assignment, Sink& sink);

/// A -o that comes to nothing where main.cf sets nothing either.
bool empty_anyway(const Assignment& assignment, Sink& sink);

/// Does the text refer to a name that nobody defines?
bool refers_to_nothing(const Assignment& assignment, Sink& sink);

}  // namespace postlint::engine
