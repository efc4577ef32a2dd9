#include "targets/amdgpu/emulator/isa/counters.hpp"

namespace sporkle::amdgpu::emulator {

const char* name_of(InstructionClass kind) {
    switch (kind) {
        case InstructionClass::salu:
            return "salu";
        case InstructionClass::branch:
            return "branch";
        case InstructionClass::smem:
            return "smem";
        case InstructionClass::valu:
            return "valu";
        case InstructionClass::fma:
            return "fma";
        case InstructionClass::transcendental:
            return "transcendental";
        case InstructionClass::matrix:
            return "matrix";
        case InstructionClass::vmem:
            return "vmem";
        case InstructionClass::lds:
            return "lds";
    }
    return "unknown";
}

Counters& Counters::operator+=(const Counters& o) {
    for (std::size_t k = 0; k < instructions.size(); ++k) instructions[k] += o.instructions[k];
    fma_lanes += o.fma_lanes;
    matrix_multiply_adds += o.matrix_multiply_adds;
    load_transactions += o.load_transactions;
    store_transactions += o.store_transactions;
    load_bytes += o.load_bytes;
    store_bytes += o.store_bytes;
    scratch_transactions += o.scratch_transactions;
    scalar_load_bytes += o.scalar_load_bytes;
    lds_bytes += o.lds_bytes;
    lds_bank_conflicts += o.lds_bank_conflicts;
    barriers += o.barriers;
    stall_cycles += o.stall_cycles;
    cycles += o.cycles;
    return *this;
}

}  // namespace sporkle::amdgpu::emulator
