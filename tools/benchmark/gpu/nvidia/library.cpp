#include "tools/benchmark/gpu/nvidia/library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace sporkle::bench {

namespace fs = std::filesystem;

Library::Library(const std::vector<std::string>& names, const std::vector<std::string>& folders) {
    std::vector<std::string> paths;
    for (const std::string& folder : folders)
        for (const std::string& name : names) paths.push_back((fs::path(folder) / name).string());
    paths.insert(paths.end(), names.begin(), names.end());
    std::string first_failure;
    for (const std::string& path : paths) {
        const bool is_path = path.find('/') != std::string::npos;
        std::error_code ignored;
        if (is_path && !fs::exists(path, ignored)) continue;
        handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle_ != nullptr) {
            path_ = path;
            return;
        }
        // What stands in a folder but does not load says more than a name that is nowhere.
        if (const char* error = dlerror(); error != nullptr && (is_path || first_failure.empty()))
            first_failure = error;
    }
    reason_ = first_failure.empty() ? "no library was named" : first_failure;
}

Library::~Library() {
    if (handle_ != nullptr) dlclose(handle_);
}

void* Library::find(const char* name) {
    if (handle_ == nullptr) return nullptr;
    void* const function = dlsym(handle_, name);
    if (function == nullptr) reason_ += (reason_.empty() ? path_ + " lacks " : ", ") + std::string(name);
    return function;
}

std::vector<std::string> library_folders_of_python(const std::vector<std::string>& sites) {
    std::vector<std::string> folders;
    std::error_code ignored;
    for (const std::string& site : sites) {
        std::vector<std::string> found;
        for (const auto& package : fs::directory_iterator(fs::path(site) / "nvidia", ignored))
            if (fs::is_directory(package.path() / "lib", ignored))
                found.push_back((package.path() / "lib").string());
        std::sort(found.begin(), found.end());
        if (fs::is_directory(fs::path(site) / "torch" / "lib", ignored))
            found.push_back((fs::path(site) / "torch" / "lib").string());
        folders.insert(folders.end(), found.begin(), found.end());
    }
    return folders;
}

std::vector<std::string> split_path(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ':');)
        if (!part.empty()) parts.push_back(part);
    return parts;
}

}  // namespace sporkle::bench
