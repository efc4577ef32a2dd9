// Runs the waves of one workgroup, interleaved, until all have ended.
//
//     Program program(find_chip("gfx1100"), 32, memory, entry_address);
//     Launch launch{.program = &program, .memory = &memory};
//     launch.waves.push_back({.sgprs = user_data, .vgprs = {ids}, .exec = 0xffffffff});
//     Workgroup group(launch);
//     group.run();
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "targets/amdgpu/emulator/isa/counters.hpp"
#include "targets/amdgpu/emulator/isa/execution_error.hpp"
#include "targets/amdgpu/emulator/isa/lds_order.hpp"
#include "targets/amdgpu/emulator/isa/memory.hpp"
#include "targets/amdgpu/emulator/isa/program.hpp"

namespace sporkle::amdgpu::emulator {

class Wave;

/// The state of a wave when it starts: what the command processor makes of USER_DATA and the dispatch.
struct WaveStart {
    std::vector<std::uint32_t> sgprs;  ///< s0 …; the rest starts with arbitrary bits
    std::array<std::uint32_t, 16>
        trap_temporaries{};  ///< ttmp0 … (gfx12: ttmp9 = group X, ttmp7 = Y | Z << 16)
    std::vector<std::vector<std::uint32_t>> vgprs;  ///< v0 …, one value a lane; the rest has arbitrary bits
    std::uint64_t exec = 0;
    std::uint32_t m0 = 0;
    /// RDNA: which of the two compute units of its workgroup processor it runs on; each has a vector cache.
    int compute_unit = 0;
    std::uint64_t scratch = 0;  ///< architected flat scratch: the address of this wave's private memory
};

struct Launch {
    Program* program = nullptr;
    Memory* memory = nullptr;
    std::vector<WaveStart> waves;
    int vgprs = 256;         ///< allocated to each wave
    int accumulators = 256;  ///< AGPRs, where the chip has them
    int lds_bytes = 0;
    /// [3:0] rounding (only 0, nearest even), [5:4] f32 and [7:6] f16/f64 subnormals (0 flush, 3 keep), 8
    /// DX10_CLAMP, 9 IEEE: RSRC1.FLOAT_MODE, DX10_CLAMP and IEEE_MODE.
    std::uint32_t mode = 0x3f0;
    std::uint64_t shared_aperture = std::uint64_t{1} << 48;  ///< flat addresses of LDS; 4 GiB aligned
    std::uint64_t private_aperture = std::uint64_t{2} << 48;
    std::uint32_t scratch_bytes_per_lane = 0;  ///< bound of private accesses through architected scratch
    /// Instructions of all waves together, then the workgroup is taken to hang.
    std::uint64_t instruction_limit = 2'000'000'000;
    /// v_rcp, v_rsq, v_sqrt, v_exp, v_log, v_sin, v_cos are documented to err by up to 1 ULP. true: results
    /// that no float represents are moved by that ULP for half of the inputs (a fixed choice), so that
    /// nothing comes to rely on more than the manuals promise. false: rounded correctly.
    bool approximate = true;
};

class Workgroup {
  public:
    /// Throws Error(invalid_argument) if the launch does not fit the program: registers, wave size, lanes.
    explicit Workgroup(const Launch& launch);
    ~Workgroup();

    /// To the end; throws ExecutionError.
    void run();
    /// At most `instructions`; true when all waves have ended. For interleaving several workgroups.
    bool run(std::uint64_t instructions);

    const Counters& counters() const { return counters_; }
    Wave& wave(std::size_t index) { return *waves_[index]; }
    std::size_t waves() const { return waves_.size(); }
    std::vector<std::byte>& lds() { return lds_; }

  private:
    void run_wave(std::size_t index, std::uint64_t instructions);
    void release_barrier();
    [[noreturn]] void report(std::size_t wave, const struct WaveFault& fault);

    Launch launch_;
    std::vector<std::byte> lds_;
    LdsOrder lds_order_;
    std::vector<std::unique_ptr<Wave>> waves_;
    Counters counters_;
    std::uint64_t executed_ = 0;
};

}  // namespace sporkle::amdgpu::emulator
