// A shared library that is opened while the program runs, so that nothing of it is needed to build or to
// start.
#pragma once

#include <string>
#include <vector>

namespace sporkle::bench {

class Library {
  public:
    /// Opens the first of `names` that loads: from the folders in their order, then from wherever the dynamic
    /// linker looks. A library that is nowhere is no error: see reason().
    Library(const std::vector<std::string>& names, const std::vector<std::string>& folders);
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    bool present() const { return handle_ != nullptr; }
    /// The name or path under which it was opened.
    const std::string& path() const { return path_; }
    /// Why it is not present, or which functions it lacks; empty while all is well.
    const std::string& reason() const { return reason_; }

    /// Looks a function up. What is missing is noted in reason().
    template <class Function>
    void bind(Function*& function, const char* name) {
        function = reinterpret_cast<Function*>(find(name));
    }

  private:
    void* find(const char* name);

    void* handle_ = nullptr;
    std::string path_, reason_;
};

/// Folders in which Python's packages keep libraries: those named <site>/nvidia/*/lib and <site>/torch/lib
/// that exist, for each of the given site-packages folders.
std::vector<std::string> library_folders_of_python(const std::vector<std::string>& sites);

/// The parts of a list like $PATH; empty ones are left out.
std::vector<std::string> split_path(const std::string& list);

}  // namespace sporkle::bench
