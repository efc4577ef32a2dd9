// Where control goes after an instruction, as the decoder needs it to follow code.
#pragma once

#include <memory>

#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

struct Flow {
    bool continues = true;  ///< may go on to the next instruction
    bool branches = false;  ///< may go to displacement bytes behind its end
    std::int64_t displacement = 0;
};
Flow flow_of(const Instruction& instruction);

/// Stands for code that could not be fetched: fails when executed.
std::unique_ptr<Instruction> unreachable_code(std::uint64_t address);

}  // namespace sporkle::amdgpu::emulator
