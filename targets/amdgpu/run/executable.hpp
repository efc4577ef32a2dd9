// A variant on a GPU: its code in the GPU's memory and the packets that run it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/device.hpp"
#include "targets/amdgpu/pm4/dispatch_template.hpp"
#include "targets/amdgpu/pm4/kernel_arguments.hpp"
#include "targets/amdgpu/run/engine.hpp"

namespace sporkle::amdgpu {

/// A part of a dispatch's grid that is run at once.
struct Piece {
    std::size_t dispatch = 0;
    std::int64_t first[3] = {};
    std::uint32_t groups[3] = {};
};

/// The pieces of a launch, in order: a whole grid, or parts of it where hardware's counters are too narrow or
/// arenas for task scratch too few.
std::vector<Piece> pieces_of(const runtime::Launch& launch);

class Executable final : public runtime::Executable {
  public:
    /// Throws Error(invalid_bundle) for packets or code that cannot be, Error(unsupported) for another
    /// chip's.
    Executable(std::shared_ptr<Engine> engine, const bundle::Bundle& bundle, const bundle::Variant& variant);

    void run(const runtime::Launch& launch, double* device_seconds) const override;

    const pm4::Template& packets() const { return packets_; }
    std::uint64_t code(std::size_t dispatch) const { return code_[dispatch]; }
    /// Puts the code into the GPU's memory again where a reset may have lost it.
    void renew() const;
    /// The arguments of a piece, given the address of the launch's parameter block.
    static KernelArguments arguments(const runtime::Launch& launch, const Piece& piece, std::uint64_t words);

  private:
    void put_code() const;

    std::shared_ptr<Engine> engine_;
    pm4::Template packets_;
    std::vector<std::span<const std::byte>> images_;  ///< the code of each dispatch, in the bundle
    std::unique_ptr<BufferObject> memory_;
    std::vector<std::uint64_t> code_;  ///< address of each dispatch's
    mutable std::mutex renewal_;
    mutable std::atomic<std::uint32_t> losses_;  ///< Queue::losses when the code was put there
};

}  // namespace sporkle::amdgpu
