#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/text/source.hpp"

namespace postlint::model {

/// A name = value table of postconf(1): main.cf, or the -o options of one service.
using PostconfDictionary = std::map<std::string, std::string, std::less<>>;

/// The -o options of all entries with one service name and type, which postconf(1) merges.
struct PostconfScope {
  std::string name_space;  // "smtp/inet"
  PostconfDictionary settings;
  std::unordered_set<std::string> valid;  // names that something refers to
};

/// A master.cf entry as postconf(1) sees it, which differs from master(8): see postconf_master.c.
struct PostconfMasterEntry {
  std::vector<std::string> words;  // eight fields, then normalised arguments
  std::string name_space;
  std::string process_name;
  std::uint32_t line = 0;          // of the file
  PostconfScope* scope = nullptr;  // null: no -o name=value by the time it was read
};

struct PostconfMaster {
  std::vector<PostconfMasterEntry> entries;
  std::vector<std::unique_ptr<PostconfScope>> scopes;
};

/// Thrown inside of the emulation where postconf(1) exits; never leaves run_postconf().
struct PostconfFatal {
  std::string message;
  bool crash = false;
};

using PostconfWarn = std::function<void(std::string)>;

/// Splits and checks one logical line. Throws PostconfFatal as postconf exits.
PostconfMasterEntry parse_postconf_entry(std::string_view line, const std::string& where,
                                         const PostconfWarn& warn);

/// Makes the scopes of -o options.
void collect_scopes(PostconfMaster& master);

/// One line of `postconf -M`. `expand` maps the text of an -o option to what -x shows.
std::string format_postconf_entry(const PostconfMasterEntry& entry, bool fold,
                                  const std::function<std::string(const std::string&)>& expand);

}  // namespace postlint::model
