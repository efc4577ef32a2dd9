// Libraries with kernels that are loaded and unloaded while a Context lives.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

/// out = 2 · in, by the kernel `twice`.
std::vector<float> twice(const Context& ctx, std::vector<float> in) {
    std::vector<float> out(in.size());
    Operand operands[2];
    for (Operand& operand : operands) {
        operand.rank = 1;
        operand.extents[0] = static_cast<std::int64_t>(in.size());
        operand.strides[0] = 1;
    }
    operands[0].data = in.data();
    operands[1].data = out.data();
    ctx.run_by_name("twice", operands);
    return out;
}

TEST(Plugin, KernelsComeAndGoWithTheirLibrary) {
    const Context before(plain_options());
    EXPECT_EQ(thrown_by([&] { twice(before, {1}); }).code, ErrorCode::unknown_kernel);
    for (int round = 0; round < 3; ++round) {
        void* library = ::dlopen(SPORKLE_TEST_TWO_BUNDLES, RTLD_NOW);
        ASSERT_NE(library, nullptr) << ::dlerror();
        EXPECT_EQ(twice(before, {1, 2, 3}), (std::vector<float>{2, 4, 6}));
        {
            const Context after(plain_options());
            EXPECT_EQ(twice(after, {5}), (std::vector<float>{10}));
            EXPECT_FALSE(after.variants(KernelId("saxpy")).empty());  // the other bundle of the library
        }
        ASSERT_EQ(::dlclose(library), 0);
        EXPECT_EQ(thrown_by([&] { twice(before, {1}); }).code, ErrorCode::unknown_kernel);
    }
}

}  // namespace
}  // namespace sporkle::test
