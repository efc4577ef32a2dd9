// What the lowerings write, as members and as their threads: both forms give the reference's bits, and no two
// threads meet. Real kernels and random programs, by the schedules of a machine of threads and by a CPU's
// schedules whose vectors are spread.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <sporkle/error.hpp>
#include <sporkle/reference.hpp>

#include "tests/conformance/cases.hpp"
#include "tests/conformance/host_call.hpp"
#include "tests/conformance/kernels.hpp"
#include "tests/conformance/variant_call.hpp"
#include "tests/simt/both_forms.hpp"
#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

/// A GPU, as enumerate_schedules sees one.
codegen::Machine gpu() {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "threads";
    m.has_fma = true;
    m.vector_registers = 128;
    m.threads_per_workgroup = 256;
    m.subgroup_size = 32;
    m.shared_bytes = 32 << 10;
    return m;
}

/// A CPU of long vectors.
codegen::Machine cpu(int vector_bits) {
    codegen::Machine m;
    m.target = "made up";
    m.architecture = "vectors";
    m.vector_bits = vector_bits;
    m.vector_registers = 32;
    m.has_fma = true;
    return m;
}

/// Every vector of the kernel can be spread over so many threads.
bool spreads(const tile::Kernel& kernel, int threads) {
    tile::Kernel spread = kernel;
    spread.threads = threads;
    return verify(spread).empty();
}

codegen::Variant distributed(codegen::Variant variant) {
    for (codegen::Dispatch& dispatch : variant.dispatches)
        dispatch.kernel = codegen::distribute(dispatch.kernel);
    return variant;
}

/// Variants with every dispatch's vectors spread over `threads` threads; 0: as the schedule says.
std::vector<codegen::Variant> variants_of(const Program& program, const codegen::Machine& machine,
                                          int threads) {
    std::vector<codegen::Variant> result;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine)) {
        codegen::Variant variant = codegen::lower(program, schedule, machine);
        bool fits = true;
        for (codegen::Dispatch& dispatch : variant.dispatches) {
            if (threads == 0) continue;
            fits = fits && spreads(dispatch.kernel, threads);
            dispatch.kernel.threads = threads;
        }
        if (fits) result.push_back(std::move(variant));
    }
    return result;
}

/// The variant's complaint or difference on a call, or nothing. Calls that it does not take are fine.
std::string fault_of(const Program& program, const codegen::Variant& variant, const Call& before,
                     const Call& expected) {
    Call actual = before;
    HostCall call(program, variant, actual);
    if (!call.fits()) return {};
    if (std::string fault = call.interpret(false); !fault.empty())
        return variant.schedule.name + ": " + fault;
    const auto same = same_bits(program, expected, actual);
    return same ? std::string() : variant.schedule.name + ": " + same.message();
}

/// A call and what the reference makes of it; nothing where no arguments are found that fit.
std::optional<std::pair<Call, Call>> random_calls(const Program& program, std::uint64_t seed,
                                                  const CallOptions& options) {
    try {
        const Call before = random_call(program, seed, options);
        Call expected = before;
        reference(program, expected.arguments());
        return std::pair{before, expected};
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

void check(const Program& program, const std::vector<codegen::Variant>& variants, std::uint64_t first_seed,
           int calls, const CallOptions& options) {
    EXPECT_FALSE(variants.empty());
    std::vector<codegen::Variant> threads;
    for (const codegen::Variant& variant : variants) threads.push_back(distributed(variant));
    for (int n = 0; n < calls; ++n) {
        const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(n);
        CallOptions chosen = options;
        chosen.dense = options.dense || n % 2 == 0;
        const auto call = random_calls(program, seed, chosen);
        if (!call) continue;
        for (const codegen::Variant& variant : threads)
            ASSERT_EQ(fault_of(program, variant, call->first, call->second), "") << "call of seed " << seed;
    }
}

std::vector<Case> all_cases() {
    std::vector<Case> all;
    for (auto cases : {maps, reductions, contractions, windows, fusions})
        for (Case& one : cases()) all.push_back(std::move(one));
    return all;
}

class Lowered : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Kernels, Lowered, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(Lowered, ByThreadSchedules) {
    const Program program = GetParam().make();
    check(program, variants_of(program, gpu(), 0), 100, 3, {.most_steps = 4000});
    check(program, variants_of(program, gpu(), 0), 200, 1,
          {.most_steps = 20'000, .dense = true, .finite = true});
}

TEST_P(Lowered, BySpreadVectors) {
    const Program program = GetParam().make();
    for (const int threads : {4, 32})
        check(program, variants_of(program, cpu(64 * threads), threads), 300, 2, {.most_steps = 1500});
}

std::uint64_t seed_of_random_programs() {
    const char* const given = std::getenv("SPORKLE_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

/// Softmax in one dispatch needs barriers where several members have a row. Whichever is missing, some thread
/// reads too early.
TEST(LoweredBarriers, AreNeeded) {
    const Program program = fusions().front().make();
    ASSERT_EQ(program.name.view(), "softmax");
    int barriers = 0;
    for (const codegen::Variant& variant : variants_of(program, gpu(), 0)) {
        if (!variant.schedule.fused) continue;
        // As long as needs all members: of a row in registers, or of one that goes through them twice.
        const codegen::Schedule& s = variant.schedule;
        const std::int64_t row = s.row_members > 1         ? s.register_elements - 100
                                 : s.register_elements > 0 ? s.least_elements + 2
                                                           : s.members * std::int64_t{lanes_block} + 100;
        const auto call = random_calls(
            program, 1, {.most_steps = 1'000'000, .dense = true, .finite = true, .index_extents = {row, 2}});
        ASSERT_TRUE(call);
        const codegen::Variant threads = distributed(variant);
        EXPECT_EQ(fault_of(program, threads, call->first, call->second), "");
        for (std::size_t d = 0; d < threads.dispatches.size(); ++d)
            for (int n = 0; n < count(threads.dispatches[d].kernel, tile::Op::barrier); ++n) {
                codegen::Variant broken = threads;
                broken.dispatches[d].kernel = without_barrier(broken.dispatches[d].kernel, n);
                EXPECT_NE(fault_of(program, broken, call->first, call->second), "")
                    << "barrier " << n << " of\n"
                    << print(threads.dispatches[d].kernel);
                ++barriers;
            }
    }
    EXPECT_GT(barriers, 0);
}

/// The interpreter's complaint of a call in place: input X lies where output Z does. Nothing where the
/// variant does not take such a call.
std::optional<std::string> interpret_in_place(const Program& program, const codegen::Variant& variant,
                                              Call& call, int X, int Z) {
    VariantCall prepared(program, variant, call);
    CallTensor& memory = call.tensors[static_cast<std::size_t>(Z)];
    prepared.place_tensor(X, reinterpret_cast<std::uintptr_t>(memory.data()));
    if (!prepared.fits()) return std::nullopt;
    for (std::size_t d = 0; d < variant.dispatches.size(); ++d) {
        const tile::Kernel& kernel = variant.dispatches[d].kernel;
        std::vector<tile::Memory> buffers;
        for (const tile::Buffer& buffer : kernel.buffers) {
            const int t = buffer.space == tile::Space::global ? prepared.tensor_at(buffer.word) : -1;
            CallTensor& tensor = call.tensors[static_cast<std::size_t>(t < 0 || t == X ? Z : t)];
            buffers.push_back({tensor.data(), tensor.lowest, tensor.highest});
        }
        tile::Execution execution{prepared.words(), buffers, prepared.task_bytes(), {}};
        std::copy_n(prepared.grid(d).size, 3, execution.grid.begin());
        if (std::string fault = tile::interpret(kernel, execution); !fault.empty()) return fault;
    }
    return std::string();
}

/// Of dense tensors of one shape.
void copy_elements(const CallTensor& from, CallTensor& to) {
    if (!from.empty())
        std::memcpy(to.data(), from.data(),
                    static_cast<std::size_t>((from.highest + 1) * size_of(from.dtype)));
}

/// Maps whose input X is read with the output Z's subscripts.
class InPlace : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Maps, InPlace,
                         ::testing::Values(Case{"axpy_f32", kernels::axpy<DType::f32>},
                                           Case{"broadcast_f32", kernels::broadcast<DType::f32>},
                                           Case{"positions_i8", kernels::positions<DType::i8>},
                                           Case{"divide_f64", kernels::divide<DType::f64>}),
                         [](const auto& info) { return info.param.name; });

TEST_P(InPlace, ThreadsDoNotMeet) {
    const Program program = GetParam().make();
    const auto tensor = [&](std::string_view name) {
        int t = 0;
        while (program.tensors[t].name.view() != name) ++t;
        return t;
    };
    const int X = tensor("X"), Z = tensor("Z");
    std::vector<codegen::Variant> variants = variants_of(program, gpu(), 0);
    for (codegen::Variant& variant : variants_of(program, cpu(512), 8))
        variants.push_back(std::move(variant));
    // Flat schedules have lanes that stand at the last position for want of one of their own; what they read
    // there nobody uses, though the thread to which it belongs may have overwritten it.
    std::erase_if(variants, [](const codegen::Variant& v) { return v.schedule.flat; });
    for (const codegen::Variant& variant : variants)
        for (std::uint64_t seed = 1; seed < 5; ++seed) {
            const auto call = random_calls(program, seed, {.most_steps = 3000, .dense = true});
            if (!call) continue;
            Call actual = call->first;
            copy_elements(actual.tensors[static_cast<std::size_t>(X)],
                          actual.tensors[static_cast<std::size_t>(Z)]);
            const auto fault = interpret_in_place(program, distributed(variant), actual, X, Z);
            if (!fault) continue;
            EXPECT_EQ(*fault, "") << variant.schedule.name << ", seed " << seed;
            EXPECT_TRUE(same_bits(program, call->second, actual))
                << variant.schedule.name << ", seed " << seed;
        }
}

TEST(LoweredRandom, Programs) {
    const std::uint64_t first = seed_of_random_programs();
    for (std::uint64_t seed = first; seed < first + 25; ++seed) {
        SCOPED_TRACE("program of seed " + std::to_string(seed) + " (SPORKLE_TEST_SEED)");
        const Program program = random_program(seed, static_cast<int>(seed % 7));
        check(program, variants_of(program, gpu(), 0), seed, 2, {.most_steps = 2000});
        const int threads = 4 << seed % 4;
        check(program, variants_of(program, cpu(64 * threads), threads), seed, 1, {.most_steps = 2000});
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace sporkle::testing
