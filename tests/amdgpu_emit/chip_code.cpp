#include "tests/amdgpu_emit/chip_code.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "runtime/threads/pool.hpp"
#include "targets/amdgpu/emulator/device.hpp"
#include "tests/emit/device_call.hpp"

namespace sporkle::test {
namespace {

struct Gpus {
    runtime::ThreadPool threads{1};
    std::vector<std::unique_ptr<runtime::Device>> devices;

    Gpus() {
        std::vector<std::string> notes;
        devices = amdgpu::emulator::make_emulated_run_target()->open(threads, notes);
    }
};

runtime::Device& gpu(const std::string& chip) {
    static const Gpus gpus;
    for (const auto& device : gpus.devices)
        if (device->info().name == "amdgpu-emulated:" + chip) return *device;
    throw std::logic_error("there is no emulated " + chip);
}

/// A bundle in memory that holds the variant; `code` outlives it.
bundle::Bundle bundle_of(const codegen::Code& code, const std::string& chip) {
    bundle::Bundle bundle;
    bundle.origin = "the test's bundle";
    bundle::Variant variant;
    variant.target = "amdgpu";
    variant.architecture = chip;
    variant.schedule = "test";
    variant.setup = code.setups.at(0).offset;
    variant.setup_bytes = code.setups.at(0).size;
    const codegen::Code::Entry& entry = code.entries.at(0).at(0);
    bundle::Dispatch dispatch;
    dispatch.entry = entry.offset;
    dispatch.code_bytes = entry.size;
    dispatch.symbol = entry.symbol;
    variant.dispatches.push_back(dispatch);
    bundle.kernels.emplace_back();
    bundle.kernels.back().variants.push_back(variant);
    bundle.blobs.push_back({"amdgpu", chip, false, code.bytes});
    return bundle;
}

}  // namespace

const codegen::EmitTarget& amdgpu_target() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "amdgpu") return *target;
    throw std::logic_error("this build has no target amdgpu");
}

codegen::Variant chip_variant_of(tile::Kernel kernel, const std::string& chip) {
    codegen::Variant variant;
    variant.machine = amdgpu_target().machine(chip);
    variant.schedule.name = "test";
    codegen::Dispatch dispatch;
    dispatch.kernel = std::move(kernel);
    variant.dispatches.push_back(std::move(dispatch));
    return variant;
}

std::string assembly_of(tile::Kernel kernel, const std::string& chip) {
    return amdgpu_target().stage_text(chip_variant_of(std::move(kernel), chip), "asm");
}

void expect_as_interpreted_on(const std::string& chip, const tile::Kernel& kernel, const Call& call) {
    ASSERT_EQ(tile::verify(kernel), "") << tile::print(kernel);
    const codegen::Variant variant = chip_variant_of(kernel, chip);
    const codegen::Code code = amdgpu_target().emit({&variant, 1});
    expect_same(kernel, interpreted(kernel, call), executed(gpu(chip), bundle_of(code, chip), kernel, call),
                chip);
}

void expect_as_interpreted(const tile::Kernel& kernel, const Call& call) {
    static std::size_t turn = 0;
    expect_as_interpreted_on(all_chips[turn++ % std::size(all_chips)], kernel, call);
}

/// Kernels of single threads have short vectors; a longer one is there to see that nothing depends on it.
std::vector<int> arithmetic_lanes(DType) { return {1, 3}; }
std::vector<int> memory_lanes(DType) { return {1, 2, 3, 4, 19}; }
int widest_lanes(DType) { return 4; }

}  // namespace sporkle::test
