#include "tests/x86/machine_code.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/executable_blob.hpp"

namespace sporkle::test {

using Bytes = std::vector<std::byte>;

std::vector<int> arithmetic_lanes(DType type) {
    return {1, 3, 16 / size_of(type), 64 / size_of(type), 2 * 64 / size_of(type)};
}

std::vector<int> memory_lanes(DType type) {
    return {1, 2, 3, 16 / size_of(type), 64 / size_of(type), 72 / size_of(type)};
}

int widest_lanes(DType type) { return 64 / size_of(type); }

const codegen::EmitTarget& x86_target() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "x86") return *target;
    throw std::logic_error("this build has no target x86");
}

std::vector<std::string> executable_levels() {
    std::vector<std::string> levels;
    if (__builtin_cpu_supports("x86-64-v2")) levels.emplace_back("x86-64-v2");
    if (__builtin_cpu_supports("x86-64-v3")) levels.emplace_back("x86-64-v3");
    if (__builtin_cpu_supports("x86-64-v4")) levels.emplace_back("x86-64-v4");
    return levels;
}

codegen::Variant variant_of(tile::Kernel kernel, const std::string& level, int scratch_words) {
    codegen::Variant variant;
    variant.machine = x86_target().machine(level);
    variant.schedule.name = "test";
    variant.scratch.resize(static_cast<std::size_t>(scratch_words));
    codegen::Dispatch dispatch;
    dispatch.kernel = std::move(kernel);
    variant.dispatches.push_back(std::move(dispatch));
    return variant;
}

std::vector<Bytes> executed(const codegen::Code& code, const tile::Kernel& kernel, const Call& call,
                            Side side) {
    const ExecutableBlob blob(code.bytes);
    const bundle::EntryPoint entry = blob.entry(code.entries.at(0).at(0).offset);
    const CallMemory memory(kernel, call, side);
    const std::size_t arena_bytes = (static_cast<std::size_t>(call.task_bytes) + 63) / 64 * 64;
    const GuardedMemory arena(arena_bytes, side);  // whole multiples of 64 keep it aligned on either side
    const std::int64_t tasks = call.grid[0] * call.grid[1] * call.grid[2];
    const std::int64_t middle = tasks / 3;
    entry(memory.parameters.data(), arena.data(), middle, tasks, call.grid.data());
    entry(memory.parameters.data(), arena.data(), 0, middle, call.grid.data());
    return memory.contents();
}

void run_once(const codegen::Code& code, const std::vector<std::uint64_t>& parameters, std::int64_t first,
              std::int64_t last, const std::array<std::int64_t, 3>& grid) {
    const ExecutableBlob blob(code.bytes);
    blob.entry(code.entries.at(0).at(0).offset)(parameters.data(), nullptr, first, last, grid.data());
}

void expect_as_interpreted(const tile::Kernel& kernel, const Call& call) {
    ASSERT_EQ(tile::verify(kernel), "") << tile::print(kernel);
    const std::vector<Bytes> expected = interpreted(kernel, call);
    for (const std::string& level : executable_levels()) {
        const codegen::Variant variant = variant_of(kernel, level, call.scratch_words);
        const codegen::Code code = x86_target().emit({&variant, 1});
        for (Side side : {Side::low, Side::high})
            expect_same(kernel, expected, executed(code, kernel, call, side), level);
    }
}

}  // namespace sporkle::test
