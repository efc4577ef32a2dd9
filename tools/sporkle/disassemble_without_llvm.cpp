#include <sporkle/error.hpp>

#include "tools/sporkle/disassemble.hpp"

namespace sporkle::command {

std::string disassemble(const std::string&, const std::string&, std::span<const std::byte>, std::uint64_t) {
    throw Error(ErrorCode::unsupported,
                "this sporkle was built without LLVM (SPORKLE_BUILD_COMPILER=OFF) and cannot disassemble");
}

}  // namespace sporkle::command
