// Host tool of the build: docs RULES_DIRECTORY OUTPUT.cpp
// Embeds every rules/<category>/<slug>.md; refuses pages that tests and `explain` could not use.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Page {
  std::string id;
  std::string path;
  std::string text;
};

constexpr std::string_view delimiter = "postlint_page";

std::string id_of(const fs::path& path) {
  std::string slug = path.stem().string();
  std::replace(slug.begin(), slug.end(), '_', '-');
  return path.parent_path().filename().string() + "/" + slug;
}

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool has_heading(const std::string& text, const std::string& heading) {
  return text.find("\n" + heading + "\n") != std::string::npos;
}

bool complain(const Page& page, const std::string& what) {
  std::fprintf(stderr, "%s:1: %s\n", page.path.c_str(), what.c_str());
  return false;
}

bool is_good(const Page& page) {
  if (page.text.rfind("# " + page.id + "\n", 0) != 0) {
    return complain(page, "the first line must be '# " + page.id + "'");
  }
  for (const char* heading : {"## What", "## Why", "## Bad", "## Good"}) {
    if (!has_heading(page.text, heading)) {
      return complain(page, std::string("section '") + heading + "' is missing");
    }
  }
  if (page.text.find(")" + std::string(delimiter) + "\"") != std::string::npos) {
    return complain(page, "the text holds the delimiter of the generated file");
  }
  return true;
}

std::vector<Page> read_pages(const fs::path& root) {
  std::vector<Page> pages;
  for (const auto& category : fs::directory_iterator(root)) {
    if (!category.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(category.path())) {
      if (file.path().extension() != ".md") continue;
      pages.push_back({id_of(file.path()), file.path().string(), read(file.path())});
    }
  }
  std::sort(pages.begin(), pages.end(), [](const Page& a, const Page& b) { return a.id < b.id; });
  return pages;
}

std::string generate(const std::vector<Page>& pages) {
  std::string out =
      "// Written by postlint_gen_docs from rules/*/*.md.\n"
      "#include \"src/engine/registry.hpp\"\n\nnamespace postlint {\n\n"
      "std::span<const RuleDocument> rule_documents() {\n"
      "  static constexpr RuleDocument documents[] = {\n";
  for (const Page& page : pages) {
    out += "      {\"" + page.id + "\", R\"" + std::string(delimiter) + "(" + page.text + ")" +
           std::string(delimiter) + "\"},\n";
  }
  if (pages.empty()) out += "      {},\n  };\n  return std::span(documents).first(0);\n}\n";
  if (!pages.empty()) out += "  };\n  return documents;\n}\n";
  return out + "\n}  // namespace postlint\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: docs RULES_DIRECTORY OUTPUT.cpp\n");
    return 2;
  }
  const std::vector<Page> pages = read_pages(argv[1]);
  if (!std::all_of(pages.begin(), pages.end(), is_good)) return 1;
  std::ofstream out(argv[2], std::ios::binary);
  out << generate(pages);
  return out.good() ? 0 : 1;
}
