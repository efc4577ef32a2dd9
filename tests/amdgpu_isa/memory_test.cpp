// Memory of every space and width: global, flat, private, LDS, atomics, barriers.
#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

class Memory : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Memory, ::testing::ValuesIn(all_chips));

const std::string head = R"( #0 {
  %i = call i32 @item(i32 256)
  %ie = zext i32 %i to i64
)";

std::string element(const std::string& name, const std::string& type, const std::string& array,
                    const std::string& index = "%ie", const std::string& space = " addrspace(1)") {
    return "%" + name + " = getelementptr " + type + ", ptr" + space + " %" + array + ", i64 " + index + "\n";
}

TEST_P(Memory, Widths) {
    for (const std::string type : {"i8", "i16", "i32", "i64", "<3 x i32>", "<4 x i32>"}) {
        for (const std::string space : {" addrspace(1)", ""}) {
            TestKernel kernel(
                GetParam(),
                kernel_text("define amdgpu_kernel void @copy(ptr" + space + " %a, ptr" + space + " %b)" +
                            head + element("p", type, "a", "%ie", space) +
                            element("q", type, "b", "%ie", space) + "%x = load " + type + ", ptr" + space +
                            " %p\nstore " + type + " %x, ptr" + space + " %q\nret void\n}"),
                "copy");
            std::vector<std::uint8_t> a(300 * 16), b(300 * 16, 0xee);
            for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<std::uint8_t>(k * 37 + k / 256);
            const auto pa = kernel.array(a), pb = kernel.array(b);
            kernel.run(Arguments().add(pa).add(pb), 1, 201);
            const auto r = kernel.values<std::uint8_t>(pb, b.size());
            const std::size_t stride = type == "i8"    ? 1
                                       : type == "i16" ? 2
                                       : type == "i32" ? 4
                                       : type == "i64" ? 8
                                                       : 16;
            const std::size_t size = type == "<3 x i32>" ? 12 : stride;
            for (std::size_t k = 0; k < b.size(); ++k)
                ASSERT_EQ(r[k], k / stride < 201 && k % stride < size ? a[k] : 0xee)
                    << type << space << " byte " << k;
        }
    }
}

TEST_P(Memory, NarrowLoadsExtend) {
    TestKernel kernel(
        GetParam(),
        kernel_text("define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %b)" + head +
                    element("p", "i8", "a") + element("q", "i16", "a") + element("r", "i32", "b") + R"(
  %x = load i8, ptr addrspace(1) %p
  %y = load i16, ptr addrspace(1) %q
  %xs = sext i8 %x to i32
  %xz = zext i8 %x to i32
  %ys = sext i16 %y to i32
  %yz = zext i16 %y to i32
  %s1 = mul i32 %xs, 3
  %s2 = mul i32 %ys, 5
  %s3 = add i32 %s1, %s2
  %s4 = xor i32 %xz, %yz
  %s = add i32 %s3, %s4
  store i32 %s, ptr addrspace(1) %r
  ret void
})"),
        "k");
    std::vector<std::uint8_t> a(512);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<std::uint8_t>(k * 131 + 7);
    const auto pa = kernel.array(a), pb = kernel.array(std::vector<std::uint32_t>(256));
    kernel.run(Arguments().add(pa).add(pb), 1, 256);
    const auto r = kernel.values<std::int32_t>(pb, 256);
    for (std::size_t k = 0; k < 256; ++k) {
        const auto y = static_cast<std::uint16_t>(a[2 * k] | a[2 * k + 1] << 8);
        EXPECT_EQ(r[k], static_cast<std::int8_t>(a[k]) * 3 + static_cast<std::int16_t>(y) * 5 + (a[k] ^ y));
    }
}

TEST_P(Memory, HalvesOfRegisters) {
    TestKernel kernel(GetParam(),
                      kernel_text("define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %b)" +
                                  head + element("p", "i16", "a") + element("q", "i16", "a", "%ie") +
                                  element("r", "<2 x i16>", "b") + R"(
  %q2 = getelementptr i16, ptr addrspace(1) %q, i64 64
  %x = load i16, ptr addrspace(1) %p
  %y = load i16, ptr addrspace(1) %q2
  %v0 = insertelement <2 x i16> undef, i16 %x, i32 0
  %v1 = insertelement <2 x i16> %v0, i16 %y, i32 1
  store <2 x i16> %v1, ptr addrspace(1) %r
  store i16 %y, ptr addrspace(1) %q
  ret void
})"),
                      "k");
    std::vector<std::uint16_t> a(128);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<std::uint16_t>(k * 1031 + 7);
    const auto pa = kernel.array(a), pb = kernel.array(std::vector<std::uint32_t>(64));
    kernel.run(Arguments().add(pa).add(pb), 1, 32);
    const auto r = kernel.values<std::uint32_t>(pb, 32);
    for (std::size_t k = 0; k < 32; ++k) EXPECT_EQ(r[k], a[k] | static_cast<std::uint32_t>(a[k + 64]) << 16);
}

TEST_P(Memory, PrivateArrays) {
    for (const std::string type : {"i32", "i8", "i64", "<4 x i32>"}) {
        TestKernel kernel(
            GetParam(),
            kernel_text("define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %b)" + head +
                        "%m = alloca [16 x " + type + "], addrspace(5)\n" + element("at", "i32", "a") +
                        "%n = load i32, ptr addrspace(1) %at\nbr label %fill\nfill:\n"
                        "%k = phi i32 [0, %0], [%k1, %fill]\n"
                        "%slot = getelementptr " +
                        type +
                        ", ptr addrspace(5) %m, i32 %k\n"
                        "%v = mul i32 %k, %i\n" +
                        (type == "i32"   ? "%w = add i32 %v, 0\n"
                         : type == "i8"  ? "%w = trunc i32 %v to i8\n"
                         : type == "i64" ? "%w0 = zext i32 %v to i64\n%w = mul i64 %w0, 4294967299\n"
                                         : "%w0 = insertelement <4 x i32> zeroinitializer, i32 %v, i32 2\n"
                                           "%w = insertelement <4 x i32> %w0, i32 %k, i32 0\n") +
                        "store volatile " + type +
                        " %w, ptr addrspace(5) %slot\n%k1 = add i32 %k, 1\n"
                        "%c = icmp ult i32 %k1, 16\nbr i1 %c, label %fill, label %done\ndone:\n"
                        "%from = getelementptr " +
                        type + ", ptr addrspace(5) %m, i32 %n\n%x = load volatile " + type +
                        ", ptr addrspace(5) %from\n" +
                        (type == "i32"   ? "%r = add i32 %x, 0\n"
                         : type == "i8"  ? "%r = zext i8 %x to i32\n"
                         : type == "i64" ? "%rs = lshr i64 %x, 32\n%r = trunc i64 %rs to i32\n"
                                         : "%r0 = extractelement <4 x i32> %x, i32 2\n"
                                           "%r1 = extractelement <4 x i32> %x, i32 0\n"
                                           "%r2 = mul i32 %r1, 100000\n%r = add i32 %r0, %r2\n") +
                        element("q", "i32", "b") + "store i32 %r, ptr addrspace(1) %q\nret void\n}"),
            "k");
        std::vector<std::uint32_t> a(256);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] = static_cast<std::uint32_t>(k * 7 % 16);
        const auto pa = kernel.array(a), pb = kernel.array(a);
        const auto counters = kernel.run(Arguments().add(pa).add(pb), 1, 256);
        EXPECT_GT(counters.scratch_transactions, 0u);
        const auto r = kernel.values<std::uint32_t>(pb, 256);
        for (std::uint32_t k = 0; k < 256; ++k) {
            const std::uint32_t v = a[k] * k;
            const std::uint32_t expected = type == "i32"  ? v
                                           : type == "i8" ? v & 255
                                           : type == "i64"
                                               ? static_cast<std::uint32_t>((v * 4294967299ull) >> 32)
                                               : v + a[k] * 100000;
            EXPECT_EQ(r[k], expected) << type << " " << k;
        }
    }
}

TEST_P(Memory, SharedTreeReduction) {
    TestKernel kernel(GetParam(), kernel_text(R"(
@shared = internal addrspace(3) global [256 x float] undef
declare void @llvm.amdgcn.s.barrier()
define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %b) #0 {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %i = call i32 @item(i32 256)
  %g = call i32 @llvm.amdgcn.workgroup.id.x()
  %ie = zext i32 %i to i64
)" + element("p", "float", "a") + R"(
  %x = load float, ptr addrspace(1) %p
  %mine = getelementptr float, ptr addrspace(3) @shared, i32 %t
  store float %x, ptr addrspace(3) %mine
  br label %loop
loop:
  %n = phi i32 [128, %0], [%n1, %next]
  fence syncscope("workgroup") release
  call void @llvm.amdgcn.s.barrier()
  fence syncscope("workgroup") acquire
  %low = icmp ult i32 %t, %n
  br i1 %low, label %add, label %next
add:
  %o = add i32 %t, %n
  %other = getelementptr float, ptr addrspace(3) @shared, i32 %o
  %u = load float, ptr addrspace(3) %mine
  %v = load float, ptr addrspace(3) %other
  %s = fadd float %u, %v
  store float %s, ptr addrspace(3) %mine
  br label %next
next:
  %n1 = lshr i32 %n, 1
  %more = icmp ne i32 %n1, 0
  br i1 %more, label %loop, label %end
end:
  %first = icmp eq i32 %t, 0
  br i1 %first, label %write, label %out
write:
  %r = load float, ptr addrspace(3) @shared
  %ge = zext i32 %g to i64
)" + element("q", "float", "b", "%ge") + R"(
  store float %r, ptr addrspace(1) %q
  br label %out
out:
  ret void
})"),
                      "k");
    std::vector<float> a(512);
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = 1.0f / static_cast<float>(k + 1);
    const auto pa = kernel.array(a), pb = kernel.array(std::vector<float>(2));
    const auto counters = kernel.run(Arguments().add(pa).add(pb), 2, 256);
    auto expected = a;
    for (std::size_t g = 0; g < 2; ++g)
        for (std::size_t n = 128; n; n /= 2)
            for (std::size_t t = 0; t < n; ++t) expected[g * 256 + t] += expected[g * 256 + t + n];
    const auto r = kernel.values<float>(pb, 2);
    EXPECT_EQ(r[0], expected[0]);
    EXPECT_EQ(r[1], expected[256]);
    EXPECT_GE(counters.barriers, 8u * 2 * 256 / static_cast<unsigned>(kernel.chip().wave_size));
    EXPECT_EQ(counters.lds_bank_conflicts, 0u);
}

TEST_P(Memory, BankConflicts) {
    for (const int stride : {1, 2, 32, 33}) {
        TestKernel kernel(GetParam(), kernel_text(R"(
@shared = internal addrspace(3) global [4096 x i32] undef
define amdgpu_kernel void @k(ptr addrspace(1) %b) #0 {
  %t = call i32 @llvm.amdgcn.workitem.id.x()
  %o = mul i32 %t, )" + std::to_string(stride) + R"(
  %p = getelementptr i32, ptr addrspace(3) @shared, i32 %o
  store volatile i32 %t, ptr addrspace(3) %p
  ret void
})"),
                          "k");
        const auto pb = kernel.array(std::vector<float>(2));
        const auto counters = kernel.run(Arguments().add(pb), 1, 32);
        const unsigned expected = stride == 2 ? 1 : stride == 32 ? 31 : 0;
        EXPECT_EQ(counters.lds_bank_conflicts, expected) << stride;
    }
}

TEST_P(Memory, Atomics) {
    struct Case {
        const char* operation;
        const char* type;
        std::uint64_t (*apply)(std::uint64_t before, std::uint64_t x);
    };
    const Case cases[] = {
        {"add", "i32",
         [](std::uint64_t m, std::uint64_t x) { return std::uint64_t{static_cast<std::uint32_t>(m + x)}; }},
        {"sub", "i32",
         [](std::uint64_t m, std::uint64_t x) { return std::uint64_t{static_cast<std::uint32_t>(m - x)}; }},
        {"max", "i32",
         [](std::uint64_t m, std::uint64_t x) {
             return static_cast<std::int32_t>(x) > static_cast<std::int32_t>(m) ? x : m;
         }},
        {"umin", "i32", [](std::uint64_t m, std::uint64_t x) { return std::min(m, x); }},
        {"xor", "i32", [](std::uint64_t m, std::uint64_t x) { return m ^ x; }},
        {"or", "i64", [](std::uint64_t m, std::uint64_t x) { return m | x; }},
        {"add", "i64", [](std::uint64_t m, std::uint64_t x) { return m + x; }},
        {"umax", "i64", [](std::uint64_t m, std::uint64_t x) { return std::max(m, x); }},
    };
    for (const Case& c : cases)
        for (const bool shared : {false, true}) {
            const std::string type = c.type;
            TestKernel kernel(
                GetParam(),
                kernel_text(R"(
@shared = internal addrspace(3) global [4 x i64] undef
declare void @llvm.amdgcn.s.barrier()
define amdgpu_kernel void @k(ptr addrspace(1) %a, ptr addrspace(1) %cell, ptr addrspace(1) %b) #0 {
  %i = call i32 @item(i32 256)
  %ie = zext i32 %i to i64
  %first = icmp eq i32 %i, 0
  br i1 %first, label %init, label %go
init:
  store )" + type + " 77, ptr addrspace(3) @shared\n  br label %go\ngo:\n" +
                            "fence syncscope(\"workgroup\") release\n"
                            "call void @llvm.amdgcn.s.barrier()\n"
                            "fence syncscope(\"workgroup\") acquire\n" +
                            element("p", "i64", "a") + "%x = load " + type +
                            ", ptr addrspace(1) %p\n%old = atomicrmw " + c.operation +
                            (shared ? " ptr addrspace(3) @shared, " : " ptr addrspace(1) %cell, ") + type +
                            " %x syncscope(\"agent\") monotonic\n" + element("q", "i64", "b") + "store " +
                            type + " %old, ptr addrspace(1) %q\nret void\n}"),
                "k");
            std::vector<std::uint64_t> a(40);
            for (std::size_t k = 0; k < a.size(); ++k)
                a[k] = type == "i32" ? static_cast<std::uint32_t>(k * 0x9e3779b1u) : k * 0x9e3779b97f4a7c15u;
            const auto pa = kernel.array(a), cell = kernel.array(std::vector<std::uint64_t>{77}),
                       pb = kernel.array(std::vector<std::uint64_t>(40));
            kernel.run(Arguments().add(pa).add(cell).add(pb), 1, 40);
            std::uint64_t expected = 77;
            for (const std::uint64_t x : a) expected = c.apply(expected, x);
            if (!shared) {
                EXPECT_EQ(kernel.values<std::uint64_t>(cell, 1)[0], expected) << c.operation << type;
            }
            // Some lane saw the value that all others but itself had made: its operand brings it to the end.
            const auto old = kernel.values<std::uint64_t>(pb, 40);
            bool found = false;
            for (std::size_t k = 0; k < 40; ++k) found = found || c.apply(old[k], a[k]) == expected;
            EXPECT_TRUE(found) << c.operation << type << shared;
        }
}

TEST_P(Memory, CompareAndSwapLoop) {
    TestKernel kernel(GetParam(), kernel_text(R"(
define amdgpu_kernel void @k(ptr addrspace(1) %cell) #0 {
  %i = call i32 @item(i32 256)
  %x = uitofp i32 %i to float
  %old = load i32, ptr addrspace(1) %cell
  br label %loop
loop:
  %seen = phi i32 [%old, %0], [%now, %loop]
  %f = bitcast i32 %seen to float
  %s = fadd float %f, %x
  %new = bitcast float %s to i32
  %pair = cmpxchg ptr addrspace(1) %cell, i32 %seen, i32 %new syncscope("agent") monotonic monotonic
  %now = extractvalue {i32, i1} %pair, 0
  %ok = extractvalue {i32, i1} %pair, 1
  br i1 %ok, label %end, label %loop
end:
  ret void
})"),
                      "k");
    const auto cell = kernel.array(std::vector<float>{0.5f});
    kernel.run(Arguments().add(cell), 1, 100);
    EXPECT_EQ(kernel.values<float>(cell, 1)[0], 0.5f + 99 * 50);
}

TEST_P(Memory, FunctionCalls) {
    TestKernel kernel(GetParam(),
                      kernel_text(R"(
define internal i32 @f(i32 %n, i32 %x) noinline {
  %m = alloca [4 x i32], addrspace(5)
  %s = and i32 %n, 3
  %p = getelementptr i32, ptr addrspace(5) %m, i32 %s
  store volatile i32 %x, ptr addrspace(5) %p
  %v = load volatile i32, ptr addrspace(5) %p
  %r = mul i32 %v, %n
  ret i32 %r
}
define amdgpu_kernel void @k(ptr addrspace(1) %b))" +
                                  head + R"(
  %x = call i32 @f(i32 %i, i32 7)
  %y = call i32 @f(i32 %x, i32 %i)
)" + element("q", "i32", "b") + R"(
  store i32 %y, ptr addrspace(1) %q
  ret void
})"),
                      "k");
    const auto pb = kernel.array(std::vector<std::uint32_t>(64));
    kernel.run(Arguments().add(pb), 1, 64);
    const auto r = kernel.values<std::uint32_t>(pb, 64);
    for (std::uint32_t k = 0; k < 64; ++k) EXPECT_EQ(r[k], k * 7 * k);
}

TEST_P(Memory, DivergentLoops) {
    TestKernel kernel(GetParam(), kernel_text("define amdgpu_kernel void @k(ptr addrspace(1) %b)" + head + R"(
  %start = add i32 %i, 1
  br label %loop
loop:
  %x = phi i32 [%start, %0], [%y, %join]
  %n = phi i32 [0, %0], [%n1, %join]
  %done = icmp eq i32 %x, 1
  br i1 %done, label %end, label %step
step:
  %odd = and i32 %x, 1
  %isodd = icmp ne i32 %odd, 0
  br i1 %isodd, label %up, label %down
up:
  %t3 = mul i32 %x, 3
  %u = add i32 %t3, 1
  br label %join
down:
  %d = lshr i32 %x, 1
  br label %join
join:
  %y = phi i32 [%u, %up], [%d, %down]
  %n1 = add i32 %n, 1
  br label %loop
end:
)" + element("q", "i32", "b") + R"(
  store i32 %n, ptr addrspace(1) %q
  ret void
})"),
                      "k");
    const auto pb = kernel.array(std::vector<std::uint32_t>(256));
    kernel.run(Arguments().add(pb), 1, 256);
    const auto r = kernel.values<std::uint32_t>(pb, 256);
    for (std::uint32_t k = 0; k < 256; ++k) {
        std::uint32_t n = 0;
        for (std::uint32_t x = k + 1; x != 1; ++n) x = x & 1 ? 3 * x + 1 : x / 2;
        EXPECT_EQ(r[k], n) << k;
    }
}

}  // namespace
}  // namespace sporkle::testing
