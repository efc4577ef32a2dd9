#include <sporkle/error.hpp>

#include "tools/sporkle/disassemble.hpp"

namespace sporkle::command {

namespace {

[[noreturn]] void refuse() {
    throw Error(ErrorCode::unsupported,
                "this sporkle was built without LLVM and SPIRV-Tools (SPORKLE_BUILD_COMPILER=OFF) and cannot "
                "disassemble");
}

}  // namespace

std::string disassemble(const std::string&, const std::string&, std::span<const std::byte>, std::uint64_t) {
    refuse();
}
std::string disassemble_spirv(std::span<const std::byte>) { refuse(); }

}  // namespace sporkle::command
