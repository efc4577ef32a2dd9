#include "tests/bundle_writer/folder.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace sporkle::test {

Folder::Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sporkle-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& file, std::span<const std::byte> bytes) const {
    std::ofstream stream(path(file), std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!stream.flush()) throw std::runtime_error("cannot write " + file);
}

void Folder::write(const std::string& file, const std::string& text) const {
    write(file, std::as_bytes(std::span(text)));
}

Folder::Result Folder::run(const std::string& command) const {
    const std::string line = "cd '" + path_.string() + "' && ( " + command + " ) 2>&1";
    FILE* const pipe = popen(line.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    Result result;
    std::array<char, 4096> chunk;
    for (std::size_t got; (got = fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
        result.output.append(chunk.data(), got);
    const int status = pclose(pipe);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

}  // namespace sporkle::test
