// Lanes that read each other: DPP, permutations, ballots.
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

using amdgpu::emulator::Generation;

class Lanes : public ::testing::TestWithParam<const char*> {
  protected:
    /// Runs `body`, which makes %r (i32) of %a, %b (i32, from arrays) and %i, on one wave.
    std::vector<std::uint32_t> run(const std::string& body, const std::string& declarations,
                                   const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
        TestKernel kernel(GetParam(), kernel_text(declarations + R"(
define amdgpu_kernel void @k(ptr addrspace(1) %pa, ptr addrspace(1) %pb, ptr addrspace(1) %pr) #0 {
  %i = call i32 @item(i32 64)
  %ie = zext i32 %i to i64
  %qa = getelementptr i32, ptr addrspace(1) %pa, i64 %ie
  %qb = getelementptr i32, ptr addrspace(1) %pb, i64 %ie
  %qr = getelementptr i32, ptr addrspace(1) %pr, i64 %ie
  %a = load i32, ptr addrspace(1) %qa
  %b = load i32, ptr addrspace(1) %qb
)" + body + R"(
  store i32 %r, ptr addrspace(1) %qr
  ret void
})"),
                          "k");
        const auto pa = kernel.array(a), pb = kernel.array(b), pr = kernel.array(a);
        kernel.run(Arguments().add(pa).add(pb).add(pr), 1, lanes());
        return kernel.values<std::uint32_t>(pr, static_cast<std::size_t>(lanes()));
    }
    int lanes() const { return amdgpu::emulator::find_chip(GetParam()).wave_size; }
    Generation generation() const { return amdgpu::emulator::find_chip(GetParam()).generation; }
    std::vector<std::uint32_t> random() {
        std::vector<std::uint32_t> v(static_cast<std::size_t>(lanes()));
        for (auto& x : v) x = static_cast<std::uint32_t>(engine_());
        return v;
    }

  private:
    std::mt19937 engine_{20260101};
};
INSTANTIATE_TEST_SUITE_P(All, Lanes, ::testing::ValuesIn(all_chips));

struct Move {
    int control;
    int (*source)(int lane);  ///< -1: none
};
int row(int l) { return l & ~15; }

TEST_P(Lanes, DataParallelMoves) {
    std::vector<Move> moves = {
        {0x1b, [](int l) { return l ^ 3; }},
        {0xb1, [](int l) { return l ^ 1; }},
        {0x00, [](int l) { return l & ~3; }},
        {0x101, [](int l) { return l % 16 == 15 ? -1 : l + 1; }},
        {0x104, [](int l) { return l % 16 >= 12 ? -1 : l + 4; }},
        {0x111, [](int l) { return l % 16 == 0 ? -1 : l - 1; }},
        {0x118, [](int l) { return l % 16 < 8 ? -1 : l - 8; }},
        {0x123, [](int l) { return row(l) + (l + 13) % 16; }},
        {0x140, [](int l) { return l ^ 15; }},
        {0x141, [](int l) { return l ^ 7; }},
    };
    if (generation() == Generation::gfx9) {
        moves.push_back({0x142, [](int l) { return l < 16 ? -1 : row(l) - 1; }});
        moves.push_back({0x143, [](int l) { return l < 32 ? -1 : 31; }});
        moves.push_back({0x138, [](int l) { return l - 1; }});
        moves.push_back({0x130, [](int l) { return l == 63 ? -1 : l + 1; }});
    } else {
        moves.push_back({0x155, [](int l) { return row(l) + 5; }});
        moves.push_back({0x16a, [](int l) { return l ^ 10; }});
    }
    const auto a = random(), b = random();
    for (const Move& move : moves)
        for (const bool bound : {false, true}) {
            const auto r =
                run("%r = call i32 @llvm.amdgcn.update.dpp.i32(i32 %b, i32 %a, i32 " +
                        std::to_string(move.control) + ", i32 15, i32 15, i1 " + (bound ? "true" : "false") +
                        ")\n",
                    "declare i32 @llvm.amdgcn.update.dpp.i32(i32, i32, i32, i32, i32, i1)\n", a, b);
            for (int l = 0; l < lanes(); ++l) {
                const int from = move.source(l);
                const auto at = static_cast<std::size_t>(l);
                EXPECT_EQ(r[at], from >= 0 ? a[static_cast<std::size_t>(from)]
                                 : bound   ? 0
                                           : b[at])
                    << std::hex << move.control << std::dec << " lane " << l << " bound " << bound;
            }
        }
}

TEST_P(Lanes, MaskedAndCombinedMoves) {
    const auto a = random(), b = random();
    // Rows 1 and 3, banks 0 and 2 only; then added to b, which the compiler folds into v_add_u32_dpp.
    const auto r =
        run("%x = call i32 @llvm.amdgcn.update.dpp.i32(i32 0, i32 %a, i32 273, i32 10, i32 5, i1 false)\n"
            "%r = add i32 %x, %b\n",
            "declare i32 @llvm.amdgcn.update.dpp.i32(i32, i32, i32, i32, i32, i1)\n", a, b);
    for (int l = 0; l < lanes(); ++l) {
        const auto at = static_cast<std::size_t>(l);
        const bool moves = (l / 16) % 2 == 1 && (l / 4) % 2 == 0 && l % 16 > 0;
        EXPECT_EQ(r[at], b[at] + (moves ? a[at - 1] : 0)) << l;
    }
}

TEST_P(Lanes, PermuteAndSwizzle) {
    const auto a = random();
    std::vector<std::uint32_t> where(a.size());
    for (std::size_t k = 0; k < where.size(); ++k)
        where[k] = static_cast<std::uint32_t>((k * 7 + 3) % where.size()) * 4;
    const auto back = run("%r = call i32 @llvm.amdgcn.ds.bpermute(i32 %b, i32 %a)\n",
                          "declare i32 @llvm.amdgcn.ds.bpermute(i32, i32)\n", a, where);
    const auto forth = run("%r = call i32 @llvm.amdgcn.ds.permute(i32 %b, i32 %a)\n",
                           "declare i32 @llvm.amdgcn.ds.permute(i32, i32)\n", a, where);
    const auto swizzled =
        run("%r = call i32 @llvm.amdgcn.ds.swizzle(i32 %a, i32 18463)\n",  // and 31, or 0, xor 18
            "declare i32 @llvm.amdgcn.ds.swizzle(i32, i32)\n", a, where);
    for (std::size_t k = 0; k < a.size(); ++k) {
        EXPECT_EQ(back[k], a[where[k] / 4]) << k;
        EXPECT_EQ(forth[where[k] / 4], a[k]) << k;
        EXPECT_EQ(swizzled[k], a[k ^ 18]) << k;
    }
}

TEST_P(Lanes, ReadAndBallot) {
    const auto a = random(), b = random();
    const std::string declarations =
        "declare i32 @llvm.amdgcn.readlane(i32, i32)\ndeclare i32 @llvm.amdgcn.readfirstlane(i32)\n"
        "declare i32 @llvm.amdgcn.writelane(i32, i32, i32)\ndeclare i64 @llvm.amdgcn.ballot.i64(i1)\n"
        "declare i32 @llvm.amdgcn.mbcnt.lo(i32, i32)\ndeclare i32 @llvm.amdgcn.mbcnt.hi(i32, i32)\n";
    auto r = run("%r = call i32 @llvm.amdgcn.readlane(i32 %a, i32 13)\n", declarations, a, b);
    for (const auto x : r) EXPECT_EQ(x, a[13]);
    r =
        run("%f = call i32 @llvm.amdgcn.readfirstlane(i32 %b)\n%r = call i32 @llvm.amdgcn.writelane(i32 %f, "
            "i32 9, i32 %a)\n",
            declarations, a, b);
    for (std::size_t k = 0; k < r.size(); ++k) EXPECT_EQ(r[k], k == 9 ? b[0] : a[k]);
    r = run(
        "%c = icmp ult i32 %a, %b\n%m = call i64 @llvm.amdgcn.ballot.i64(i1 %c)\n%l = trunc i64 %m to i32\n"
        "%hs = lshr i64 %m, 32\n%h = trunc i64 %hs to i32\n%x = call i32 @llvm.amdgcn.mbcnt.lo(i32 %l, i32 "
        "5)\n"
        "%r = call i32 @llvm.amdgcn.mbcnt.hi(i32 %h, i32 %x)\n",
        declarations, a, b);
    std::uint32_t below = 5;
    for (std::size_t k = 0; k < r.size(); ++k) {
        EXPECT_EQ(r[k], below) << k;
        below += a[k] < b[k];
    }
}

TEST_P(Lanes, PermuteLanes16) {
    if (generation() == Generation::gfx9) GTEST_SKIP() << "from gfx10";
    const auto a = random();
    const std::string declarations =
        "declare i32 @llvm.amdgcn.permlane16.i32(i32, i32, i32, i32, i1, i1)\n"
        "declare i32 @llvm.amdgcn.permlanex16.i32(i32, i32, i32, i32, i1, i1)\n";
    const std::string arguments = "(i32 %b, i32 %a, i32 1985229328, i32 4275878552, i1 false, i1 false)\n";
    // 0x76543210, 0xfedcba98: every lane its own number.
    const auto same = run("%r = call i32 @llvm.amdgcn.permlane16.i32" + arguments, declarations, a, a);
    const auto other = run("%r = call i32 @llvm.amdgcn.permlanex16.i32" + arguments, declarations, a, a);
    for (std::size_t k = 0; k < a.size(); ++k) {
        EXPECT_EQ(same[k], a[k]);
        EXPECT_EQ(other[k], a[k ^ 16]);
    }
}

TEST_P(Lanes, Dots) {
    const auto a = random(), b = random();
    const std::string chip = GetParam();
    const bool mixed_signs = chip == "gfx1100" || chip == "gfx1201";
    const std::string name = mixed_signs ? "llvm.amdgcn.sudot4" : "llvm.amdgcn.sdot4";
    const auto r =
        run(mixed_signs
                ? "%r = call i32 @llvm.amdgcn.sudot4(i1 true, i32 %a, i1 true, i32 %b, i32 17, i1 false)\n"
                : "%r = call i32 @llvm.amdgcn.sdot4(i32 %a, i32 %b, i32 17, i1 false)\n",
            mixed_signs ? "declare i32 @llvm.amdgcn.sudot4(i1, i32, i1, i32, i32, i1)\n"
                        : "declare i32 @llvm.amdgcn.sdot4(i32, i32, i32, i1)\n",
            a, b);
    const auto u = run("%r = call i32 @llvm.amdgcn.udot4(i32 %a, i32 %b, i32 -5, i1 true)\n",
                       "declare i32 @llvm.amdgcn.udot4(i32, i32, i32, i1)\n", a, b);
    for (std::size_t k = 0; k < a.size(); ++k) {
        std::int64_t sum = 17, unsigned_sum = 0xfffffffb;
        for (int byte = 0; byte < 32; byte += 8) {
            sum +=
                std::int64_t{static_cast<std::int8_t>(a[k] >> byte)} * static_cast<std::int8_t>(b[k] >> byte);
            unsigned_sum += std::int64_t{static_cast<std::uint8_t>(a[k] >> byte)} *
                            static_cast<std::uint8_t>(b[k] >> byte);
        }
        EXPECT_EQ(r[k], static_cast<std::uint32_t>(sum)) << name;
        EXPECT_EQ(u[k], static_cast<std::uint32_t>(std::min<std::int64_t>(unsigned_sum, 0xffffffff)));
    }
}

}  // namespace
}  // namespace sporkle::testing
