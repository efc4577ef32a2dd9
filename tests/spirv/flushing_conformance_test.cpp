// Kernels of every class on a pretended driver that flushes (pretended_driver.hpp), with all schedules,
// against the reference, bit for bit, on numbers of all sizes and on many that are subnormal.
#include <gtest/gtest.h>

#include <cstring>

#include <sporkle/reference.hpp>

#include "tests/conformance/cases.hpp"
#include "tests/conformance/check.hpp"
#include "tests/spirv/pretended_driver.hpp"

namespace sporkle::testing {
namespace {

/// The SPIR-V target, whose modules flush wherever such a driver does.
class FlushingTarget final : public codegen::EmitTarget {
  public:
    std::string name() const override { return spirv().name(); }
    std::vector<std::string> architectures() const override { return {spirv().architectures().front()}; }
    codegen::Machine machine(const std::string& architecture) const override {
        return spirv().machine(architecture);
    }
    codegen::Code emit(std::span<const codegen::Variant> variants) const override {
        const codegen::Code code = spirv().emit(variants);
        spirv::DeviceFacts facts = test::flushing_device();
        facts.fused_fma_f64 = facts.exact_folding = false;  // the device below need not be better
        codegen::Code flushing;
        for (const auto& entries : code.entries) {
            flushing.entries.emplace_back();
            for (const codegen::Code::Entry& entry : entries) {
                std::vector<std::uint32_t> module(entry.size / sizeof(std::uint32_t));
                std::memcpy(module.data(), code.bytes.data() + entry.offset, entry.size);
                const auto pretended = test::with_pretended_driver(adapted(module, facts), facts);
                const auto bytes = std::as_bytes(std::span(pretended));
                flushing.entries.back().push_back({flushing.bytes.size(), bytes.size(), entry.symbol});
                flushing.bytes.insert(flushing.bytes.end(), bytes.begin(), bytes.end());
            }
        }
        return flushing;
    }
    std::string stage_text(const codegen::Variant& variant, const std::string& stage) const override {
        return spirv().stage_text(variant, stage);
    }
    std::vector<std::string> stages() const override { return spirv().stages(); }

  private:
    static const codegen::EmitTarget& spirv() {
        for (const auto& target : codegen::emit_targets())
            if (target->name() == "spirv") return *target;
        throw std::logic_error("this build has no target spirv");
    }
};

Program program_named(const std::string& name) {
    for (const auto& cases :
         {every_type(), maps(), conversions(), reductions(), contractions(), windows(), fusions()})
        for (const Case& one : cases)
            if (one.name == name) return one.make();
    throw std::logic_error("no kernel " + name);
}

class Flushing : public ::testing::TestWithParam<const char*> {};

TEST_P(Flushing, EveryVariantGivesTheReferencesBits) {
    const Program program = program_named(GetParam());
    const FlushingTarget target;
    const std::vector<CompiledKernel> compiled = compile_for_devices(program, target);
    if (compiled.empty()) GTEST_SKIP() << "no Vulkan device";
    constexpr std::uint64_t seed = 20261121;
    for (std::uint64_t call = 0; call < 5; ++call) {
        CallOptions options;
        options.tiny = call % 2 == 0;
        options.most_steps = call < 2 ? 3000 : 60'000;
        const Call before = random_call(program, seed + call, options);
        Call expected = before;
        const auto arguments = expected.arguments();
        reference(program, arguments);
        Ways ways;
        ways.interpret = false;
        for (const CompiledKernel& kernel : compiled)
            ASSERT_EQ(kernel.check(before, expected, ways), "") << "call seed " << seed + call;
    }
    for (const CompiledKernel& kernel : compiled) EXPECT_GT(kernel.checked(), 0);
}

INSTANTIATE_TEST_SUITE_P(Sample, Flushing,
                         ::testing::Values("arg_extremes_f32", "dot_f32", "matrix_vector_f32",
                                           "pair_sums_f32", "gemm_f32", "conv2d_strided_f32", "softmax_f32",
                                           "convert_f32_bf16"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sporkle::testing
