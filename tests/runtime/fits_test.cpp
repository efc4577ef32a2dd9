// Preconditions of variants, on calls as the process and as a device see them.
#include <gtest/gtest.h>

#include "runtime/call/workload.hpp"
#include "tests/runtime/kernels.hpp"

namespace sporkle::runtime {
namespace {

class Fits : public ::testing::Test {
  protected:
    /// Whether flip's A[0…, 0…] fits one condition, with the given extents and strides.
    bool fits_flip(bundle::Precondition condition, std::array<std::int64_t, 2> extents,
                   std::array<std::int64_t, 2> strides, std::size_t offset = 0) {
        Operand a, c;
        a.rank = c.rank = 2;
        a.data = memory + offset;
        c.data = memory + 8192;
        for (std::size_t d = 0; d < 2; ++d) {
            a.extents[d] = c.extents[1 - d] = extents[d];
            a.strides[d] = strides[d];
        }
        c.strides[0] = extents[0];
        c.strides[1] = 1;
        const Program& program = test::flip.program();
        const Facts facts(program);
        const Operand operands[] = {a, c};
        const Call call(program, facts, operands);
        bundle::Variant variant;
        variant.preconditions = {condition};
        return fits(variant, call, Arrangement(call, nullptr));
    }
    alignas(64) float memory[16384] = {};
};

TEST_F(Fits, StridesAreMultiples) {
    const bundle::Precondition rows{bundle::Condition::stride_multiple, 0, 0, 0, 4};
    EXPECT_TRUE(fits_flip(rows, {3, 5}, {8, 1}));
    EXPECT_FALSE(fits_flip(rows, {3, 5}, {6, 1}));
    EXPECT_TRUE(fits_flip(rows, {1, 5}, {6, 1}));  // no second row
    EXPECT_TRUE(fits_flip(rows, {3, 5}, {0, 1}));
    EXPECT_TRUE(fits_flip(rows, {3, 5}, {-8, 1}, 100));
    EXPECT_FALSE(fits_flip(rows, {3, 5}, {-7, 1}, 100));
}

TEST_F(Fits, AlignmentGoesByClasses) {
    const bundle::Precondition aligned{bundle::Condition::aligned, 0, 0, 0, 16};
    EXPECT_TRUE(fits_flip(aligned, {3, 5}, {8, 1}));
    EXPECT_TRUE(fits_flip(aligned, {3, 5}, {8, 1}, 4));
    EXPECT_FALSE(fits_flip(aligned, {3, 5}, {8, 1}, 1));
    const bundle::Precondition finer{bundle::Condition::aligned, 0, 0, 0, 8};
    EXPECT_FALSE(fits_flip(finer, {3, 5}, {8, 1}, 2));  // of the class of 4 bytes
}

}  // namespace
}  // namespace sporkle::runtime
