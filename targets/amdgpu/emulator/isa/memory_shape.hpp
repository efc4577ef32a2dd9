// What a vector memory or LDS instruction moves, read from its mnemonic: "global_load_dwordx2" and
// "global_load_b64" are the same.
#pragma once

#include <string_view>

#include "targets/amdgpu/emulator/isa/atomic.hpp"

namespace sporkle::amdgpu::emulator {

struct MemoryShape {
    enum class Action : unsigned char { load, store, atomic } action;
    int bytes = 4;  ///< a lane's access
    bool sign_extends = false;
    bool half = false;  ///< d16: only one half of the register
    bool high = false;  ///< the upper one
    AtomicOperation operation = AtomicOperation::swap;
    int registers() const { return bytes < 4 ? 1 : bytes / 4; }
};

/// `name` is what follows "global_", "flat_", "scratch_", "buffer_": "load_ubyte_d16_hi", "atomic_add_x2".
/// nullptr for what is none. The shape lives as long as the process.
const MemoryShape* memory_shape(std::string_view name);

/// Integer and float atomics: "add_u32", "smin_x2", "pk_add_f16". False for what is none.
bool atomic_shape(std::string_view name, AtomicOperation& operation, int& bytes);

}  // namespace sporkle::amdgpu::emulator
