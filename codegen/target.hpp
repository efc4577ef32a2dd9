// What a target gives to code generation. Each folder under targets/ that can emit code implements one
// EmitTarget; the build collects them (see target.cmake), so no list elsewhere names them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// Finished code of several variants for one architecture.
struct Code {
    struct Entry {
        std::uint64_t offset = 0, size = 0;  ///< bytes, in `bytes`
        std::string symbol;
    };
    std::vector<std::byte> bytes;             ///< self-contained and position-independent
    bool executable = false;                  ///< machine code of the host's own kind
    std::vector<std::vector<Entry>> entries;  ///< per variant, per dispatch
    /// Per variant: what else the target's driver wants to know of it, in `bytes` too; empty where no target
    /// has any (PM4 packets that run all its dispatches).
    std::vector<Entry> setups;
};

class EmitTarget {
  public:
    virtual ~EmitTarget() = default;
    virtual std::string name() const = 0;
    /// Architectures by name, lowest first: "x86-64-v2", …
    virtual std::vector<std::string> architectures() const = 0;
    /// Throws sporkle::Error(unsupported) for an unknown architecture.
    virtual Machine machine(const std::string& architecture) const = 0;
    /// Compiles variants that were all lowered for the same architecture. Deterministic: the same input gives
    /// the same bytes. Throws sporkle::Error when the code cannot be made self-contained.
    virtual Code emit(std::span<const Variant> variants) const = 0;
    /// Text of an intermediate stage of one variant, for --emit: "llvm", "asm", … Throws for an unknown
    /// stage.
    virtual std::string stage_text(const Variant& variant, const std::string& stage) const = 0;
    virtual std::vector<std::string> stages() const = 0;
};

/// All targets of this build, from the generated registry.
std::span<const std::unique_ptr<EmitTarget>> emit_targets();

}  // namespace sporkle::codegen
