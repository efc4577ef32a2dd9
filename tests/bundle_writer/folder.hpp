// A folder of its own for a test's files, and programs run in it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace sporkle::test {

class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path(const std::string& file) const { return (path_ / file).string(); }
    void write(const std::string& file, std::span<const std::byte> bytes) const;
    void write(const std::string& file, const std::string& text) const;

    struct Result {
        int status = -1;     ///< exit status
        std::string output;  ///< both streams
    };
    /// Runs a shell command in the folder.
    Result run(const std::string& command) const;

  private:
    std::filesystem::path path_;
};

}  // namespace sporkle::test
