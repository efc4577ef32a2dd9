// What MODE, the wave size and the accuracy of approximations change.
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/amdgpu_isa/kernel_text.hpp"
#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {
namespace {

class Modes : public ::testing::TestWithParam<const char*> {
  protected:
    /// %r (float) of %a and %b (float), 64 elements.
    static std::vector<float> run(const std::string& body, const std::string& declarations,
                                  const std::string& attributes, const std::vector<float>& a,
                                  const std::vector<float>& b, bool approximate = true) {
        const std::string element = " = getelementptr float, ptr addrspace(1) ";
        TestKernel kernel(
            GetParam(),
            kernel_text(declarations +
                            "define amdgpu_kernel void @k(ptr addrspace(1) %pa, ptr addrspace(1) %pb, "
                            "ptr addrspace(1) %pr) #0 {\n%i = call i32 @item(i32 64)\n%qa" +
                            element + "%pa, i32 %i\n%qb" + element + "%pb, i32 %i\n%qr" + element +
                            "%pr, i32 %i\n%a = load float, ptr addrspace(1) %qa\n%b = load float, ptr "
                            "addrspace(1) %qb\n" +
                            body + "store float %r, ptr addrspace(1) %qr\nret void\n}",
                        attributes),
            "k");
        kernel.approximate = approximate;
        const auto pa = kernel.array(a), pb = kernel.array(b), pr = kernel.array(a);
        const int n = static_cast<int>(a.size());
        kernel.run(Arguments().add(pa).add(pb).add(pr), n / 64, 64);
        return kernel.values<float>(pr, a.size());
    }
    static std::vector<float> random(std::size_t n, float low, float high) {
        static std::mt19937 engine(20260102);
        std::uniform_real_distribution<float> distribution(low, high);
        std::vector<float> v(n);
        for (float& x : v) x = distribution(engine);
        return v;
    }
};
INSTANTIATE_TEST_SUITE_P(All, Modes, ::testing::ValuesIn(all_chips));

const std::string flush = R"("denormal-fp-math-f32"="preserve-sign,preserve-sign")";

TEST_P(Modes, SubnormalsAreKeptOrFlushed) {
    std::vector<float> a(64, 0x1p-130f), b(64, -0x1p-140f);
    a[1] = 0x1p-126f, b[1] = -0x1p-127f;
    a[2] = 1.0f, b[2] = 2.0f;
    a[3] = -0x1p-130f, b[3] = -0.0f;
    const auto kept = run("%r = fadd float %a, %b\n", "", "", a, b);
    const auto flushed = run("%r = fadd float %a, %b\n", "", flush, a, b);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(kept[k], a[k] + b[k]);
    EXPECT_EQ(flushed[0], 0.0f);
    EXPECT_EQ(flushed[1], 0x1p-126f);  // the subnormal operand is 0
    EXPECT_EQ(flushed[2], 3.0f);
    EXPECT_EQ(flushed[3], 0.0f);
    EXPECT_TRUE(std::signbit(flushed[3]));
    const auto product = run("%r = fmul float %a, %b\n", "", flush, random(64, 0x1p-70f, 0x1p-65f),
                             random(64, 0x1p-70f, 0x1p-65f));
    for (const float x : product) EXPECT_EQ(x, 0.0f);
}

/// LLVM switches subnormals on and off around the iteration.
TEST_P(Modes, DivisionWhileFlushing) {
    const auto a = random(256, -1e6f, 1e6f), b = random(256, 1e-3f, 1e3f);
    const auto quotient = run("%r = fdiv float %a, %b\n", "", flush, a, b);
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_EQ(quotient[k], a[k] / b[k]) << a[k] << " / " << b[k];
}

TEST_P(Modes, WavesOf64Lanes) {
    const auto a = random(512, -10, 10), b = random(512, 1, 3);
    const bool both = amdgpu::emulator::find_chip(GetParam()).both_wave_sizes;
    const auto result =
        run("%q = fdiv float %a, %b\n%c = fcmp olt float %q, 1.0\n%i2 = mul i32 %i, 3\n"
            "%f = uitofp i32 %i2 to float\n%r = select i1 %c, float %q, float %f\n",
            "", both ? "\"target-features\"=\"+wavefrontsize64\"" : "", a, b);
    for (std::size_t k = 0; k < a.size(); ++k) {
        const float q = a[k] / b[k];
        EXPECT_EQ(result[k], q < 1.0f ? q : static_cast<float>(k * 3)) << k;
    }
}

struct Approximation {
    const char* name;
    double (*exact)(double);
    float low, high;
};

TEST_P(Modes, ApproximationsKeepTheirPromise) {
    const Approximation approximations[] = {
        {"rcp", [](double x) { return 1 / x; }, 0.01f, 1000.0f},
        {"rsq", [](double x) { return 1 / std::sqrt(x); }, 0.01f, 1000.0f},
        {"sqrt", [](double x) { return std::sqrt(x); }, 0.01f, 1000.0f},
        {"exp2", [](double x) { return std::exp2(x); }, -20.0f, 20.0f},
        {"log", [](double x) { return std::log2(x); }, 0.01f, 1000.0f},
        {"sin", [](double x) { return std::sin(x * 6.283185307179586); }, 0.05f, 0.45f},
        {"cos", [](double x) { return std::cos(x * 6.283185307179586); }, 0.3f, 0.7f},
    };
    for (const Approximation& f : approximations) {
        const auto a = random(256, f.low, f.high);
        const std::string call = std::string("float @llvm.amdgcn.") + f.name + ".f32(float";
        int moved = 0;
        for (const bool approximate : {true, false}) {
            const auto r =
                run("%r = call " + call + " %a)\n", "declare " + call + ")\n", "", a, a, approximate);
            for (std::size_t k = 0; k < a.size(); ++k) {
                const double exact = f.exact(a[k]);
                const float nearest = static_cast<float>(exact);
                const double place =
                    std::abs(static_cast<double>(std::nextafter(nearest, INFINITY)) - nearest);
                EXPECT_LE(std::abs(r[k] - exact), place) << f.name << " " << a[k];
                if (approximate) {
                    moved += r[k] != nearest;
                } else {
                    EXPECT_EQ(r[k], nearest) << f.name << " " << a[k];
                }
            }
        }
        EXPECT_GT(moved, 50) << f.name;
    }
}

}  // namespace
}  // namespace sporkle::testing
