#include "tools/sporklec/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <sporkle/error.hpp>

namespace sporkle::compiler {

void write_output(const std::string& path, std::span<const std::byte> bytes) {
    const std::string draft = path + "." + std::to_string(getpid()) + ".tmp";
    errno = 0;
    std::ofstream stream(draft, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (stream.fail() || std::rename(draft.c_str(), path.c_str()) != 0) {
        const std::string reason = std::strerror(errno);
        std::remove(draft.c_str());
        throw Error(ErrorCode::input_output, "'" + path + "' cannot be written: " + reason);
    }
}

}  // namespace sporkle::compiler
