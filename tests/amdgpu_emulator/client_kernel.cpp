#include "tests/amdgpu_emulator/client_kernel.hpp"

#include <algorithm>
#include <stdexcept>

#include "targets/amdgpu/pm4/command_writer.hpp"
#include "targets/amdgpu/pm4/scratch.hpp"
#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {

using namespace amdgpu;

const char* const increment_ir = R"(
define amdgpu_kernel void @increment(ptr addrspace(1) %in, ptr addrspace(1) %out) #0 {
  %i = call i32 @item(i32 64)
  %x = zext i32 %i to i64
  %from = getelementptr i32, ptr addrspace(1) %in, i64 %x
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %x
  %v = load i32, ptr addrspace(1) %from
  %w = add i32 %v, 1
  store i32 %w, ptr addrspace(1) %to
  ret void
})";

const char* const broadcast_ir = R"(
define amdgpu_kernel void @broadcast(ptr addrspace(1) noalias readonly %in, ptr addrspace(1) noalias %out) #0 {
  %i = call i32 @item(i32 64)
  %x = zext i32 %i to i64
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %x
  %v = load i32, ptr addrspace(1) %in, !invariant.load !0
  store i32 %v, ptr addrspace(1) %to
  ret void
}
!0 = !{})";

ClientKernel::ClientKernel(Client& client, const std::string& ir, const std::string& name) : client_(client) {
    const LoadedCode loaded = compile(kernel_text(ir), client.chip.name);
    const KernelDescriptor& found = loaded.kernels.at(name);
    code = client.allocate(loaded.image.size() + 4096, Client::rwx);
    std::copy(loaded.image.begin(), loaded.image.end(), code.host);
    entry = code.address + found.entry;
    report = client.allocate(4096);
    pm4::DispatchNeeds needs;
    needs.descriptor.group_segment_bytes = found.lds_bytes;
    needs.descriptor.private_segment_bytes = found.scratch_bytes;
    needs.descriptor.rsrc1 = found.rsrc1;
    needs.descriptor.rsrc2 = found.rsrc2;
    needs.descriptor.rsrc3 = found.rsrc3;
    needs.descriptor.properties = found.properties;
    needs.group_size[0] = 64;
    packets = pm4::build_template(client.chip, std::span(&needs, 1));
}

pm4::Stream ClientKernel::submission(std::uint64_t arguments,
                                     const std::vector<std::uint32_t>& groups) const {
    pm4::Stream stream(packets.submission_words(groups.size()));
    pm4::CommandWriter writer(stream);
    writer.begin(packets, {.begin_timestamp = report.address,
                           .end_timestamp = report.address + 8,
                           .fence_address = report.address + 16,
                           .fence_value = 1});
    for (const std::uint32_t n : groups)
        writer.dispatch(packets, 0, {.program = entry, .kernarg = arguments, .groups = {n, 1, 1}});
    writer.end(packets);
    return stream;
}

pm4::Stream ClientKernel::dispatches(std::uint64_t arguments,
                                     const std::vector<std::uint32_t>& groups) const {
    const pm4::Stream whole = submission(arguments, groups);
    pm4::Stream result;
    for (const pm4::Packet& packet : pm4::decode(whole, client_.chip)) {
        if (!packet.as<pm4::SetRegisters>() && !packet.as<pm4::DispatchDirect>()) continue;
        pm4::append(result, std::span(whole).subspan(packet.position, packet.words()));
    }
    return result;
}

void erase_packets(pm4::Stream& stream, const Chip& chip,
                   const std::function<bool(const pm4::Packet&)>& is_meant) {
    bool any = false;
    const pm4::Stream before = stream;
    for (const pm4::Packet& packet : pm4::decode(before, chip)) {
        if (!is_meant(packet)) continue;
        std::fill_n(stream.begin() + static_cast<std::ptrdiff_t>(packet.position), packet.words(),
                    pm4::nop_word);
        any = true;
    }
    if (!any) throw std::runtime_error("the stream has no such packet");
}

std::size_t find_packet(const pm4::Stream& stream, const Chip& chip,
                        const std::function<bool(const pm4::Packet&)>& is_meant) {
    for (const pm4::Packet& packet : pm4::decode(stream, chip))
        if (is_meant(packet)) return packet.position;
    throw std::runtime_error("the stream has no such packet");
}

}  // namespace sporkle::testing
