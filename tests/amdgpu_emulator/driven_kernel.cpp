#include "tests/amdgpu_emulator/driven_kernel.hpp"

#include <algorithm>
#include <random>

#include <sporkle/reference.hpp>

#include "tests/conformance/kernels.hpp"

namespace sporkle::testing {
namespace {

struct Compiled {
    Program program = kernels::axpy<DType::f32>();
    std::vector<codegen::Variant> variants;
    bundle::Bundle bundle;
    Compiled() {
        for (const auto& target : codegen::emit_targets()) {
            if (target->name() != "amdgpu") continue;
            const codegen::Machine machine = target->machine(driven_chip);
            for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
                variants.push_back(codegen::lower(program, schedule, machine));
            bundle = bundle_of(program, variants, target->emit(variants));
        }
    }
};
const Compiled& compiled() {
    static const Compiled once;
    return once;
}

}  // namespace

DrivenKernel::DrivenKernel(runtime::Device& device)
    : kernel_(compiled().program, compiled().variants, compiled().bundle, device) {}

std::string DrivenKernel::run(unsigned seed) {
    CallOptions options;
    options.most_steps = 20'000;
    Call call = random_call(compiled().program, seed, options), expected = call;
    const auto arguments = expected.arguments();
    reference(compiled().program, arguments);
    DeviceRun how;
    how.recorded = seed % 2 == 0;
    // The last variant serves every call.
    const std::string where = "seed " + std::to_string(seed) + ": ";
    const auto fault = kernel_.run(compiled().variants.size() - 1, call, how);
    if (!fault) return where + "the kernel was not run";
    if (!fault->empty()) return where + *fault;
    for (std::size_t t = 0; t < call.tensors.size(); ++t)
        if (call.tensors[t].bytes != expected.tensors[t].bytes)
            return where + "tensor " + std::to_string(t) + " differs";
    return "";
}

std::string memory_fault(runtime::Device& device, std::size_t bytes) {
    runtime::DeviceMemory& memory = *device.memory();
    constexpr unsigned char beside = 0x55;
    std::vector<unsigned char> sent(bytes), back(bytes + 9, beside);
    std::mt19937 random(static_cast<unsigned>(bytes));
    for (unsigned char& byte : sent) byte = static_cast<unsigned char>(random());
    const auto first = memory.allocate(bytes), second = memory.allocate(bytes + 64);
    memory.upload(*first, 0, sent.data(), 3);
    memory.upload(*first, 3, sent.data() + 3, bytes - 3);
    memory.copy(*first, 0, *second, 5, bytes);
    memory.clear(*second, 7, 13);    // not words
    memory.clear(*second, 64, 256);  // words
    memory.download(*second, 5, back.data() + 4, bytes);
    std::fill_n(sent.begin() + 2, 13, static_cast<unsigned char>(0));
    std::fill_n(sent.begin() + 59, 256, static_cast<unsigned char>(0));
    const auto different = std::mismatch(sent.begin(), sent.end(), back.begin() + 4).first;
    if (different != sent.end())
        return "of " + std::to_string(bytes) + " bytes number " + std::to_string(different - sent.begin()) +
               " differs";
    return back[3] == beside && back[bytes + 4] == beside ? "" : "bytes beside were written";
}

}  // namespace sporkle::testing
