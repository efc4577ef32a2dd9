// Products on the matrix units of emulated chips: every matrix schedule of a kernel, compiled and executed,
// is as near to the exact result as Numerics::fast promises, and exact for integers.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include "tests/conformance/devices.hpp"
#include "tests/fast/products.hpp"

namespace sporkle::testing {
namespace {

runtime::Device& device_of(const std::string& chip) {
    for (runtime::Device* device : devices_for(emit_target("amdgpu"), Numerics::fast))
        if (device->info().name == "amdgpu-emulated:" + chip) return *device;
    throw std::logic_error("there is no emulated " + chip);
}

/// Matrix schedules of a kernel, compiled for an emulated chip. Half of them have preconditions on extents.
class ChipProducts : public Products {
  public:
    ChipProducts(const MatrixKernel& kernel, const std::string& chip, const std::string& part = "matrix-")
        : Products(kernel, emit_target("amdgpu"), chip, device_of(chip), part) {}
};

/// Replaces all elements of a dense tensor of 16-bit elements.
void fill(CallTensor& tensor, const std::function<std::uint16_t(std::int64_t)>& bits_of) {
    for (std::int64_t n = 0; n <= tensor.highest; ++n) {
        const std::uint16_t bits = bits_of(n);
        std::memcpy(tensor.data() + 2 * n, &bits, sizeof bits);
    }
}

class MatrixUnit : public ::testing::TestWithParam<std::string> {
  protected:
    static bool is_cdna() { return GetParam().starts_with("gfx9"); }
};
INSTANTIATE_TEST_SUITE_P(All, MatrixUnit, ::testing::Values("gfx90a", "gfx942", "gfx1100", "gfx1201"),
                         [](const auto& info) { return info.param; });

TEST_P(MatrixUnit, Halves) {
    ChipProducts products({"gemm"}, GetParam());
    ASSERT_GE(products.schedules(), 6);
    EXPECT_EQ(products.check({128, 256, 64}, 1, true), products.schedules());
    EXPECT_EQ(products.check({67, 13, 97}, 2), products.schedules() / 2);
    EXPECT_NE(products.assembly_of_first().find(is_cdna() ? "v_mfma_f32_32x32x8" : "v_wmma_f32_16x16x16"),
              std::string::npos);
}

/// Rounded by the lanes that hold them, where blocks are whole; with infinities and NaN, and subnormals that
/// matter.
TEST_P(MatrixUnit, SpecialHalves) {
    ChipProducts products({"gemm_t", DType::f16, DType::f16, true, true}, GetParam(), "matrix-64x64");
    const MatrixSize size{64, 128, 64};
    Call call = products.call(size, 3, true);
    EXPECT_EQ(products.check(size, call), 2);
    const std::uint16_t special[] = {0x7c00, 0xfc00, 0x7e01, 0x0000, 0x8000, 0x3c00};
    fill(call.tensors[0], [&](std::int64_t n) -> std::uint16_t {
        return n % 7 == 0 && n % 64 < 40 ? special[n / 7 % 6] : 0x3800;
    });
    EXPECT_EQ(products.check(size, call), 2);
    // Of a few steps only, so that most of a wave's products see none; then of all.
    for (const std::int64_t subnormal_steps : {5, 64}) {
        fill(call.tensors[0], [&](std::int64_t n) {
            return static_cast<std::uint16_t>(n / 64 < subnormal_steps ? n * 37 % 1024 : 0x0400 + n % 77);
        });
        fill(call.tensors[1], [&](std::int64_t n) { return static_cast<std::uint16_t>(0x7000 + n % 1000); });
        EXPECT_EQ(products.check(size, call), 2);
    }
}

TEST_P(MatrixUnit, BytesAreExact) {
    ChipProducts products({"bytes", DType::i8, DType::i32, true, true}, GetParam(), "matrix-64x64");
    EXPECT_EQ(products.check({64, 128, 64}, 4, true), 2);
    EXPECT_EQ(products.check({17, 65, 31}, 5), 1);
}

TEST_P(MatrixUnit, EpilogueOnAllExtents) {
    ChipProducts products({"dense", DType::bf16, DType::bf16, false, true, true}, GetParam(), "matrix-64x64");
    std::uint64_t seed = 10;
    for (const MatrixSize& size : {MatrixSize{0, 5, 3}, MatrixSize{1, 1, 1}, MatrixSize{7, 3, 0},
                                   MatrixSize{64, 1, 129}, MatrixSize{67, 13, 97}})
        EXPECT_EQ(products.check(size, seed++), 1);
    const MatrixSize size{64, 64, 64};
    Call call = products.call(size, seed, true);
    EXPECT_EQ(products.check(size, call), 2);
    // Subnormal factors that others make great.
    fill(call.tensors[0], [](std::int64_t n) { return static_cast<std::uint16_t>(n % 128); });
    fill(call.tensors[1], [](std::int64_t n) { return static_cast<std::uint16_t>(0x7e80 + n % 100); });
    EXPECT_EQ(products.check(size, call), 2);
}

TEST_P(MatrixUnit, WindowsAndBatches) {
    const std::string part = "matrix-64x64";
    if (GetParam() == "gfx942" || GetParam() == "gfx1100") {
        ChipProducts products({"conv", DType::f16, DType::f16, false, false, false, false, true}, GetParam(),
                              part);
        EXPECT_EQ(products.check({5, 7, 3, 2, 6}, 20), 1);
    } else {
        ChipProducts products({"batched", DType::f16, DType::f32, false, true, false, true}, GetParam(),
                              part);
        EXPECT_EQ(products.check({5, 19, 33, 3}, 21), 1);
        EXPECT_EQ(products.check({64, 64, 32, 2}, 22, true), 2);
    }
}

/// Chips without a matrix unit, and types that it does not take: dot products of 4 bytes, exact in
/// reproducible kernels, too.
class DotProducts : public ::testing::TestWithParam<std::tuple<std::string, DType>> {};
INSTANTIATE_TEST_SUITE_P(All, DotProducts,
                         ::testing::Values(std::tuple("gfx906", DType::i8), std::tuple("gfx906", DType::u8),
                                           std::tuple("gfx1030", DType::i8), std::tuple("gfx1030", DType::u8),
                                           std::tuple("gfx90a", DType::u8), std::tuple("gfx942", DType::u8)),
                         [](const auto& info) {
                             return std::get<0>(info.param) + "_" +
                                    std::string(name_of(std::get<1>(info.param)));
                         });

TEST_P(DotProducts, AreExact) {
    const auto& [chip, type] = GetParam();
    ChipProducts products({"bytes", type, DType::i32, true, false}, chip, "matrix-64x64");
    ASSERT_EQ(products.schedules(), 2);
    EXPECT_EQ(products.check({64, 128, 128}, 40, true), products.schedules());
    std::uint64_t seed = 41;
    for (const MatrixSize& size : {MatrixSize{17, 65, 31}, MatrixSize{1, 1, 1}, MatrixSize{0, 5, 3},
                                   MatrixSize{7, 3, 0}, MatrixSize{67, 13, 97}})
        EXPECT_EQ(products.check(size, seed++), products.schedules() / 2);
    EXPECT_NE(products.assembly_of_first().find(type == DType::i8 ? "v_dot4" : "v_dot4_u32_u8"),
              std::string::npos);
}

/// What only one of the two families multiplies.
TEST_P(MatrixUnit, OtherTypes) {
    const std::string part = "matrix-64x64";
    if (!is_cdna()) {
        ChipProducts unsigned_bytes({"unsigned", DType::u8, DType::i32, false, false}, GetParam(), part);
        EXPECT_EQ(unsigned_bytes.check({17, 65, 31}, 30), 1);
        EXPECT_EQ(unsigned_bytes.check({64, 64, 64}, 31, true), 2);
    } else if (GetParam() == "gfx942") {
        ChipProducts singles({"singles", DType::f32, DType::f32, true, false}, GetParam(), part);
        EXPECT_EQ(singles.check({67, 13, 97}, 32), 1);
        EXPECT_EQ(singles.check({64, 64, 64}, 33, true), 2);
    } else {
        ChipProducts doubles({"doubles", DType::f64, DType::f64, false, true}, GetParam(), part);
        EXPECT_EQ(doubles.check({67, 13, 97}, 34), 1);
        EXPECT_EQ(doubles.check({64, 64, 64}, 35, true), 2);
    }
}

}  // namespace
}  // namespace sporkle::testing
