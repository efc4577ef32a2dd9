// Which source file of the tree includes which, from the #include lines themselves. Conditions of the
// preprocessor are not looked at: an include counts wherever it stands.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sporkle::testing {

/// A file by its path from the root with '/' ("dsl/include/sporkle/dtype.hpp") where it is part of the tree,
/// else the text of the #include ("vector", "llvm/IR/Module.h").
using Node = std::string;

class IncludeGraph {
  public:
    /// Reads all C and C++ files below the folders of `root` that hold sources.
    explicit IncludeGraph(const std::filesystem::path& root);

    std::vector<Node> files() const;
    /// What the file includes itself.
    const std::vector<Node>& direct(const Node& file) const { return includes_.at(file); }
    /// Everything it includes directly or by way of files of the tree, each with the way there: "a > b > c".
    std::map<Node, std::string> reached(const Node& file) const;

  private:
    Node resolve(const Node& from, const std::string& text) const;

    std::map<Node, std::vector<Node>> includes_;
};

}  // namespace sporkle::testing
