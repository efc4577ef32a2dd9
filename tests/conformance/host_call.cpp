#include "tests/conformance/host_call.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "codegen/simt/distribute.hpp"

namespace sporkle::testing {
namespace {

constexpr std::size_t alignment = 64;

/// What scratch holds before it is written: signalling NaNs, negative integers, a boolean that is none.
constexpr std::byte poison{0xfb};

std::byte* aligned(std::vector<std::byte>& bytes) {
    void* start = bytes.data();
    std::size_t room = bytes.size();
    return static_cast<std::byte*>(std::align(alignment, 1, start, room));
}

}  // namespace

HostCall::HostCall(const Program& program, const codegen::Variant& variant, Call& call)
    : VariantCall(program, variant, call), call_(call), shared_(shared_bytes().size()) {
    for (std::size_t n = 0; n < shared_.size(); ++n) {
        if (variant.scratch[n].per_task) continue;
        shared_[n].assign(static_cast<std::size_t>(shared_bytes()[n]) + alignment, poison);
        place_scratch(static_cast<int>(n), reinterpret_cast<std::uintptr_t>(aligned(shared_[n])));
    }
}

std::string HostCall::interpret(bool distributed, bool flushes) {
    for (std::size_t d = 0; d < variant().dispatches.size(); ++d) {
        const tile::Kernel& collective = variant().dispatches[d].kernel;
        const tile::Kernel kernel =
            distributed && collective.threads > 1
                ? codegen::join_stores(codegen::join_loads(codegen::distribute(collective)))
                : collective;
        std::vector<tile::Memory> memory(kernel.buffers.size());
        for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
            const tile::Buffer& buffer = kernel.buffers[n];
            if (buffer.space != tile::Space::global) continue;
            if (const int t = tensor_at(buffer.word); t >= 0) {
                CallTensor& tensor = call_.tensors[static_cast<std::size_t>(t)];
                memory[n] = {tensor.data(), tensor.lowest, tensor.highest};
            } else if (const int s = scratch_at(buffer.word); s >= 0) {
                const auto number = static_cast<std::size_t>(s);
                memory[n] = {aligned(shared_[number]), 0, shared_bytes()[number] / size_of(buffer.dtype) - 1};
            }
        }
        const runtime::Grid size = grid(d);
        tile::Execution execution;
        execution.parameters = words();
        execution.buffers = memory;
        execution.task_bytes = task_bytes();
        execution.flushes = flushes;
        std::copy_n(size.size, 3, execution.grid.begin());
        if (std::string fault = tile::interpret(kernel, execution); !fault.empty())
            return kernel.name + ": " + fault;
    }
    return {};
}

void HostCall::execute(const std::vector<bundle::EntryPoint>& entries) {
    std::vector<std::byte> arena(static_cast<std::size_t>(task_bytes()) + alignment, poison);
    for (std::size_t d = 0; d < variant().dispatches.size(); ++d) {
        const runtime::Grid size = grid(d);
        const std::int64_t middle = size.tasks / 2;
        if (middle > 0) entries[d](words().data(), aligned(arena), 0, middle, size.size);
        if (size.tasks > middle) entries[d](words().data(), aligned(arena), middle, size.tasks, size.size);
    }
}

bool is_collective(const codegen::Variant& variant) {
    return std::any_of(variant.dispatches.begin(), variant.dispatches.end(),
                       [](const codegen::Dispatch& dispatch) { return dispatch.kernel.threads > 1; });
}

}  // namespace sporkle::testing
