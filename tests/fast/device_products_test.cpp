// Products on the cooperative matrices of this machine's Vulkan devices, in every type that they multiply;
// where no device has any, nothing is tested here.
#include <gtest/gtest.h>

#include <algorithm>

#include "targets/spirv/interface/matrix_architecture.hpp"
#include "tests/conformance/devices.hpp"
#include "tests/fast/products.hpp"

namespace sporkle::testing {
namespace {

using spirv::MatrixArchitecture;

struct Place {
    runtime::Device* device;
    const MatrixArchitecture* architecture;
};

/// Devices that multiply factors of a type, once for each architecture in which they do.
std::vector<Place> places_of(DType factor) {
    std::vector<Place> places;
    for (runtime::Device* device : devices_for(emit_target("spirv"), Numerics::fast)) {
        const auto& names = device->info().architectures;
        for (const MatrixArchitecture& architecture : spirv::matrix_architectures)
            if (std::find(names.begin(), names.end(), architecture.name) != names.end() &&
                std::any_of(architecture.forms.begin(), architecture.forms.end(),
                            [&](const spirv::MatrixForm& form) { return form.factor == factor; }))
                places.push_back({device, &architecture});
    }
    return places;
}

/// Kernels of one type of factor, whose products are rounded to `rounded`.
class DeviceProducts : public ::testing::TestWithParam<std::tuple<DType, DType>> {
  protected:
    void SetUp() override {
        if (places_of(factor()).empty())
            GTEST_SKIP() << "no device here multiplies cooperative matrices of "
                         << std::string(name_of(factor()));
    }
    static DType factor() { return std::get<0>(GetParam()); }
    static DType rounded() { return std::get<1>(GetParam()); }
    static DType sum() { return is_float(factor()) ? DType::f32 : DType::i32; }

    static Products products(const MatrixKernel& kernel, const Place& place) {
        return {kernel, emit_target("spirv"), place.architecture->name, *place.device, ""};
    }
};
INSTANTIATE_TEST_SUITE_P(All, DeviceProducts,
                         ::testing::Values(std::tuple(DType::f16, DType::f16),
                                           std::tuple(DType::bf16, DType::bf16),
                                           std::tuple(DType::i8, DType::i32)),
                         [](const auto& info) { return std::string(name_of(std::get<0>(info.param))); });

/// All schedules take them, whichever way the factors lie.
TEST_P(DeviceProducts, OfWholeBlocks) {
    std::uint64_t seed = 1;
    for (const Place& place : places_of(factor()))
        for (const bool a_by_columns : {false, true})
            for (const bool b_by_columns : {false, true}) {
                Products whole = products({"whole", factor(), sum(), a_by_columns, b_by_columns}, place);
                EXPECT_GT(whole.schedules(), 0);
                EXPECT_EQ(whole.check({128, 256, 256}, seed++, true), whole.schedules());
            }
}

/// Half of the schedules of subgroups take them, none of workgroups.
TEST_P(DeviceProducts, OnOtherExtents) {
    std::uint64_t seed = 100;
    for (const Place& place : places_of(factor()))
        for (const bool by_columns : {false, true}) {
            Products edges = products({"edges", factor(), rounded(), by_columns, !by_columns}, place);
            for (const MatrixSize& size :
                 {MatrixSize{0, 5, 3}, MatrixSize{1, 1, 1}, MatrixSize{7, 3, 0}, MatrixSize{64, 1, 129},
                  MatrixSize{67, 13, 97}, MatrixSize{127, 257, 65}, MatrixSize{130, 129, 255}})
                EXPECT_EQ(edges.check(size, seed++) > 0, !place.architecture->of_workgroups);
        }
}

TEST_P(DeviceProducts, RoundedAndInExpressions) {
    std::uint64_t seed = 200;
    for (const Place& place : places_of(factor())) {
        Products bare = products({"bare", factor(), rounded()}, place);
        EXPECT_EQ(bare.check({128, 256, 128}, seed++, true), bare.schedules());
        if (place.architecture->of_workgroups || !is_float(factor())) continue;
        Products dense = products({"dense", factor(), rounded(), false, true, true}, place);
        EXPECT_EQ(dense.check({128, 256, 128}, seed++, true), dense.schedules());
        EXPECT_GT(dense.check({67, 13, 97}, seed++), 0);
    }
}

TEST_P(DeviceProducts, InBatchesAndWindows) {
    std::uint64_t seed = 300;
    for (const Place& place : places_of(factor())) {
        Products batched = products({"batched", factor(), sum(), false, true, false, true}, place);
        EXPECT_EQ(batched.check({128, 256, 128, 3}, seed++, true), batched.schedules());
        if (place.architecture->of_workgroups) continue;
        EXPECT_GT(batched.check({5, 19, 33, 3}, seed++), 0);
        Products conv = products({"conv", factor(), rounded(), false, false, false, false, true}, place);
        EXPECT_GT(conv.check({9, 70, 5, 2, 11}, seed++), 0);
        for (const bool by_columns : {false, true}) {
            Products by_taps = products(
                {"taps", factor(), rounded(), false, by_columns, is_float(factor()), false, true, true},
                place);
            // Not those for few channels, then not those that take runs of them.
            for (const std::int64_t channels : {48, 3})
                EXPECT_EQ(by_taps.check({9, 80, channels, 2, 11}, seed++, true), by_taps.schedules() / 4 * 3);
        }
    }
}

}  // namespace
}  // namespace sporkle::testing
