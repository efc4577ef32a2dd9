// A kernel from LLVM IR in a client's memory, and streams of packets that run it, to be changed by tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/pm4/dispatch_template.hpp"
#include "tests/amdgpu_emulator/client.hpp"

namespace sporkle::testing {

class ClientKernel {
  public:
    /// `ir` without the text that kernel_text adds. Groups have 64 work-items in x.
    ClientKernel(Client& client, const std::string& ir, const std::string& name);

    /// A complete submission: prologue, dispatches, epilogue. `arguments` is the address of the kernel's
    /// arguments; each entry of `groups` is a dispatch of so many groups.
    amdgpu::pm4::Stream submission(std::uint64_t arguments, const std::vector<std::uint32_t>& groups) const;
    /// Registers and dispatches only, with nothing around or between them.
    amdgpu::pm4::Stream dispatches(std::uint64_t arguments, const std::vector<std::uint32_t>& groups) const;

    ClientBuffer code;
    std::uint64_t entry = 0;
    ClientBuffer report;  ///< begin, end, fence
    amdgpu::pm4::Template packets;

  private:
    Client& client_;
};

/// Packets for which `is_meant` holds become NOPs of the same length.
void erase_packets(amdgpu::pm4::Stream& stream, const amdgpu::Chip& chip,
                   const std::function<bool(const amdgpu::pm4::Packet&)>& is_meant);
/// Position of the first packet for which it holds; throws where there is none.
std::size_t find_packet(const amdgpu::pm4::Stream& stream, const amdgpu::Chip& chip,
                        const std::function<bool(const amdgpu::pm4::Packet&)>& is_meant);

/// out[i] = in[i] + 1, 32 bits; in and out are the arguments.
extern const char* const increment_ir;
/// Writes `value` (the third argument) to out[i] after reading in[0] in a scalar register: arguments as
/// above.
extern const char* const broadcast_ir;

}  // namespace sporkle::testing
