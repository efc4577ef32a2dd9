#include "tests/structure/include_graph.hpp"

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

namespace sporkle::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* source_folders[] = {"dsl",   "codegen", "runtime", "targets",
                                          "tools", "samples", "tests"};

bool is_source(const fs::path& path) {
    static const std::set<std::string> endings = {".hpp", ".h", ".cpp", ".cc", ".c", ".inc"};
    return endings.contains(path.extension().string());
}

/// What stands between < > or " " on a line `#include …`, else nothing.
std::string included(const std::string& line) {
    std::istringstream in(line);
    char hash = 0, open = 0;
    std::string directive, text;
    in >> hash;
    if (hash != '#') return {};
    while (std::isalpha((in >> std::ws).peek()) != 0 && directive.size() < 7)
        directive += static_cast<char>(in.get());
    if (directive != "include" || !(in >> open) || (open != '<' && open != '"')) return {};
    std::getline(in, text, open == '<' ? '>' : '"');
    return text;
}

std::vector<std::string> include_lines(const fs::path& file) {
    std::ifstream in(file);
    std::vector<std::string> result;
    for (std::string line; std::getline(in, line);)
        if (std::string text = included(line); !text.empty()) result.push_back(std::move(text));
    return result;
}

}  // namespace

IncludeGraph::IncludeGraph(const fs::path& root) {
    for (const char* folder : source_folders) {
        if (!fs::is_directory(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder))
            if (entry.is_regular_file() && is_source(entry.path()))
                includes_[entry.path().lexically_relative(root).generic_string()] =
                    include_lines(entry.path());
    }
    for (auto& [file, includes] : includes_)
        for (Node& include : includes) include = resolve(file, include);
}

Node IncludeGraph::resolve(const Node& from, const std::string& text) const {
    const fs::path folder = fs::path(from).parent_path();
    for (const fs::path& start : {folder, fs::path(), fs::path("dsl/include"), fs::path("runtime/include")}) {
        const Node candidate = (start / text).lexically_normal().generic_string();
        if (includes_.contains(candidate)) return candidate;
    }
    return text;
}

std::vector<Node> IncludeGraph::files() const {
    std::vector<Node> result;
    for (const auto& [file, includes] : includes_) result.push_back(file);
    return result;
}

std::map<Node, std::string> IncludeGraph::reached(const Node& file) const {
    std::map<Node, std::string> ways;
    std::vector<std::pair<Node, std::string>> open = {{file, file}};
    while (!open.empty()) {
        const auto [from, way] = open.back();
        open.pop_back();
        const auto found = includes_.find(from);
        if (found == includes_.end()) continue;
        for (const Node& to : found->second)
            if (const auto [place, is_new] = ways.emplace(to, way + " > " + to); is_new)
                open.emplace_back(to, place->second);
    }
    return ways;
}

}  // namespace sporkle::testing
