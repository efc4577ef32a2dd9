// Kernels of every class × element type × target, each with all schedules on every device of this machine,
// against the reference, bit for bit, on edge shapes, strides and values. Where the machine has no device for
// a target, its kernels are interpreted only.
#include <gtest/gtest.h>

#include <sporkle/reference.hpp>

#include "tests/conformance/cases.hpp"
#include "tests/conformance/check.hpp"
#include "tests/conformance/devices.hpp"

namespace sporkle::testing {
namespace {

/// A kernel and the name of the target that it is compiled for.
class Conformance : public ::testing::TestWithParam<std::tuple<Case, std::string>> {
  protected:
    const Case& the_case() const { return std::get<0>(GetParam()); }
    const codegen::EmitTarget& target() const {
        for (const auto& target : codegen::emit_targets())
            if (target->name() == std::get<1>(GetParam())) return *target;
        throw std::logic_error("no target " + std::get<1>(GetParam()));
    }
};

TEST_P(Conformance, EveryVariantGivesTheReferencesBits) {
    const Program program = the_case().make();
    std::vector<CompiledKernel> compiled = compile_for_devices(program, target());
    const bool has_device = !compiled.empty();
    if (!has_device) compiled.emplace_back(program, target(), target().architectures().front());

    const std::uint64_t seed = 20261120;
    const auto check = [&](std::uint64_t call, const CallOptions& options, bool interpret) {
        const Call before = random_call(program, seed + call, options);
        Call expected = before;
        const auto arguments = expected.arguments();
        reference(program, arguments);
        Ways ways;
        ways.interpret = interpret;
        ways.on_device = {.aligned = call % 2 == 0,
                          .recorded = call % 3 == 1,
                          .arenas = call % 3 == 2 ? 2 : 0,
                          .may_be_too_long = options.most_steps > 1'000'000};
        for (const CompiledKernel& kernel : compiled)
            ASSERT_EQ(kernel.check(before, expected, ways), "") << "call seed " << seed + call;
        if (!options.dense) return;
        for (const CompiledKernel& kernel : compiled)
            ASSERT_EQ(kernel.check_guarded(before, expected), "") << "call seed " << seed + call;
    };
    CallOptions small;
    small.most_steps = 3000;
    for (std::uint64_t call = 0; call < (has_device ? 6 : 2); ++call) check(call, small, true);
    CallOptions tiny = small;
    tiny.tiny = true;
    check(50, tiny, true);
    if (the_case().rows && !is_emulated(target())) {
        small.most_steps = 1'000'000;
        for (const std::int64_t extent : {512, 1300, 4100}) {
            small.index_extents = {extent, 1};
            check(52 + static_cast<std::uint64_t>(extent), small, true);
        }
    }
    if (!has_device) GTEST_SKIP() << "only interpreted: " << why_no_device(target(), program.numerics);

    CallOptions medium;
    medium.most_steps = 100'000;
    for (std::uint64_t call = 100; call < 106; ++call) {
        medium.dense = call % 2 == 0;
        medium.finite = call % 4 < 2;
        medium.roomy = call % 3 != 0;
        check(call, medium, false);
    }
    tiny.most_steps = medium.most_steps;
    check(51, tiny, false);
    // Extents by index number, in the order of the indices' first appearance.
    std::vector<std::vector<std::int64_t>> shapes;
    if (the_case().large)  // about tiles (8, 14, 16, 32, 48, 64, 128) and blocks (256, 512), and whole ones
        shapes = {{7, 47, 257}, {15, 49, 255}, {29, 33, 64},    {65, 31, 63},
                  {1, 65, 300}, {513, 17, 5},  {128, 128, 128}, {129, 127, 130}};
    if (the_case().deep) {  // blocks of 4096: less than one, several, a power of two of them and one more
        for (const std::int64_t extent : {4095, 4097, 8192, 12289, 16384, 20481, 28673})
            shapes.insert(shapes.end(), {{extent, 2, 1}, {2, extent, 1}, {1, 2, extent}});
        shapes.push_back({36865, 1, 1});  // and one more than a workgroup has members
    }
    if (the_case()
            .rows) {  // as long as registers of a few threads to a workgroup hold, of whole pieces or not
        for (const std::int64_t extent : {5,    16,   17,   33,   65,   127,  129,  255,  256,  257,  768,
                                          1000, 1023, 1024, 1025, 2048, 2049, 4095, 5121, 8192, 8193, 70001})
            shapes.push_back({extent, 3});
        shapes.push_back({10, 200});
    }
    // Emulated devices get a few of them.
    if (is_emulated(target())) {
        if (the_case().large && !shapes.empty()) shapes = {{7, 47, 257}, {29, 33, 64}, {65, 31, 63}};
        if (the_case().rows) shapes = {{40, 20}, {1000, 1}, {3000, 1}};
        if (the_case().deep) shapes = {{20481, 1, 1}, {2, 8193, 1}, {1, 2, 12289}};
    }
    CallOptions edges;
    edges.dense = edges.finite = edges.roomy = true;
    edges.most_steps = 40'000'000;
    for (std::size_t n = 0; n < shapes.size(); ++n) {
        edges.index_extents = shapes[n];
        check(1000 + n, edges, false);
    }
    for (const CompiledKernel& kernel : compiled) {
        EXPECT_GT(kernel.checked(), 0);
        EXPECT_EQ(kernel.unserved(), "");
    }
}

std::string name_of_case(const ::testing::TestParamInfo<std::tuple<Case, std::string>>& info) {
    return std::get<0>(info.param).name + "_" + std::get<1>(info.param);
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const auto& target : codegen::emit_targets()) names.push_back(target->name());
    return names;
}

auto on_every_target(const std::vector<Case>& cases) {
    return ::testing::Combine(::testing::ValuesIn(cases), ::testing::ValuesIn(target_names()));
}

INSTANTIATE_TEST_SUITE_P(EveryType, Conformance, on_every_target(every_type()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Maps, Conformance, on_every_target(maps()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Conversions, Conformance, on_every_target(conversions()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Reductions, Conformance, on_every_target(reductions()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Contractions, Conformance, on_every_target(contractions()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Windows, Conformance, on_every_target(windows()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Fusions, Conformance, on_every_target(fusions()), name_of_case);

}  // namespace
}  // namespace sporkle::testing
