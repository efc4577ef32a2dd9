// Arrays in the memory of devices.
#include "tests/runtime/device_fixture.hpp"

namespace sporkle::test {
namespace {

class DeviceArrays : public DeviceTest {
  protected:
    /// All elements of a device array.
    static std::vector<float> contents(const DeviceArray<float, 1>& array) {
        std::vector<float> result(static_cast<std::size_t>(array.size()));
        array.copy_to(result);
        return result;
    }
};

TEST_F(DeviceArrays, AreZeroedAndOfTheirDevice) {
    auto a = device().array<float>({3, 5});
    EXPECT_EQ(a.device(), "pretended:0");
    EXPECT_FALSE(a.host_visible());
    EXPECT_EQ(a.size(), 15);
    EXPECT_EQ(a.extents(), (std::array<std::int64_t, 2>{3, 5}));
    EXPECT_EQ(pretended().cleared_bytes, 60);
    auto host = ctx().array<float>({3, 5});
    host.fill(1.0f);
    a.copy_to(host);
    for (const float element : host) EXPECT_EQ(element, 0.0f);
    const Thrown thrown = thrown_by([&] { static_cast<void>(a.host()); });
    EXPECT_EQ(thrown.code, ErrorCode::unsupported);
    EXPECT_TRUE(contains(thrown.message, "pretended:0") && contains(thrown.message, "copy_to"))
        << thrown.message;
    auto one = device().array<double>();
    const double value = 2.5;
    double got = 0;
    one.copy_from(value);
    one.copy_to(got);
    EXPECT_EQ(got, value);
    const auto nothing = device().array<float>({0, 7});
    nothing.copy_to(ctx().array<float>({0, 7}));
    EXPECT_EQ((DeviceArray<float, 2>().size()), 0);
}

TEST_F(DeviceArrays, OnTheCpuLieInHostMemory) {
    auto a = ctx().on("cpu").array<float>({4});
    EXPECT_EQ(a.device(), "cpu");
    EXPECT_TRUE(a.host_visible());
    EXPECT_EQ(a.host()(3), 0.0f);
    a.copy_from(std::vector<float>{1, 2, 3, 4});
    EXPECT_EQ(a.host()(2), 3.0f);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.host().data()) % 64, 0u);
    ctx().run(saxpy, 2.0f, a, a, a);
    EXPECT_EQ(contents(a), (std::vector<float>{3, 6, 9, 12}));
    a.slice(0, 0, 3).copy_from(a.slice(0, 1, 4));  // overlapping
    EXPECT_EQ(contents(a), (std::vector<float>{6, 9, 12, 12}));
}

TEST_F(DeviceArrays, MoveAndLiveOn) {
    auto a = device().array<float>({100});
    a.copy_from(std::vector<float>(100, 3.0f));
    auto b = std::move(a);
    EXPECT_EQ(a.size(), 0);
    a = device().array<float>({2});
    EXPECT_EQ(pretended().live_buffers, 2);
    release();  // the Context goes, what is needed of it stays
    EXPECT_EQ(contents(b), std::vector<float>(100, 3.0f));
    a = std::move(b);
    EXPECT_EQ(pretended().live_buffers, 1);
    EXPECT_EQ(contents(a)[99], 3.0f);
}

TEST_F(DeviceArrays, CopyBetweenAllKindsOfViews) {
    auto host = ctx().array<float>({6, 8}), got = ctx().array<float>({6, 8});
    fill(host.flat());
    auto a = device(0).array<float>({6, 8}), b = device(1).array<float>({6, 8}),
         c = device(0).array<float>({6, 8});
    a.copy_from(host);
    EXPECT_EQ(pretended().uploaded_bytes, 192);
    // To a view with gaps: what is in between stays.
    c.slice(0, 0, 6, 2).slice(1, 7, -1, -1).copy_from(host.slice(0, 3, 6));
    c.copy_to(got);
    for (int r = 0; r < 6; ++r)
        for (int k = 0; k < 8; ++k) ASSERT_EQ(got(r, k), r % 2 == 0 ? host(3 + r / 2, 7 - k) : 0.0f);
    // Between devices, transposed, and repeated.
    b.copy_from(a);
    b.transpose().slice(0, 2, 8).copy_from(a.slice(1, 0, 6));
    b.copy_to(got);
    for (int r = 0; r < 6; ++r)
        for (int k = 0; k < 8; ++k) ASSERT_EQ(got(r, k), k < 2 ? host(r, k) : host(k - 2, r));
    a.copy_from(host.slice(0, 2, 3).broadcast(0, 6));
    a.select(1, 5).copy_to(got.select(1, 0));
    for (int r = 0; r < 6; ++r) EXPECT_EQ(got(r, 0), host(2, 5));
    // Within one device without the host, unless they overlap.
    pretended().forget();
    c.copy_from(a);
    EXPECT_EQ(pretended().copied_bytes, 192);
    EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes, 0);
    c.copy_from(host);
    c.slice(0, 0, 5).copy_from(c.slice(0, 1, 6));
    c.copy_to(got);
    for (int r = 0; r < 6; ++r) EXPECT_EQ(got(r, 3), host(std::min(r + 1, 5), 3));
}

TEST_F(DeviceArrays, NameExtentsThatDiffer) {
    auto a = device().array<float>({6, 8});
    auto host = ctx().array<float>({6, 9});
    const Thrown from = thrown_by([&] { a.copy_from(host); });
    EXPECT_EQ(from.code, ErrorCode::invalid_argument);
    for (const char* part : {"copy_from", "dimension 1", "9", "8"})
        EXPECT_TRUE(contains(from.message, part)) << from.message;
    const Thrown to = thrown_by([&] { a.copy_to(host); });
    EXPECT_TRUE(contains(to.message, "copy_to: dimension 1 has extent 8")) << to.message;
    EXPECT_EQ(thrown_by([&] { device().array<float>({-1}); }).code, ErrorCode::invalid_argument);
    EXPECT_EQ(thrown_by([&] { static_cast<void>(a.slice(0, 0, 7)); }).code, ErrorCode::invalid_argument);
}

TEST_F(DeviceArrays, OperandsStayInsideTheirArray) {
    auto a = device().array<float>({10}), b = device().array<float>({20});
    Operand x = detail::tensor_operand(a.view()), z = detail::tensor_operand(b.view()), scalar;
    scalar.is_scalar = true;
    x.extents[0] = 11;
    z.extents[0] = 11;
    const Operand operands[] = {scalar, x, x, z};
    const Thrown thrown = thrown_by([&] { device().run_by_name("saxpy", operands); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_argument);
    for (const char* part : {"'saxpy'", "'x'", "pretended:0"})
        EXPECT_TRUE(contains(thrown.message, part)) << thrown.message;
}

TEST_F(DeviceArrays, ThatDoNotFitAreAnError) {
    pretended().room = 1000;
    const auto a = device().array<float>({100});
    const Thrown thrown = thrown_by([&] { static_cast<void>(device().array<float>({200})); });
    EXPECT_EQ(thrown.code, ErrorCode::out_of_memory);
}

TEST_F(DeviceArrays, TakeTheMemoryThatCallsHaveKept) {
    pretended().room = 20000;
    auto x = ctx().array<float>({1000}), z = ctx().array<float>({1000});
    device().run(saxpy, 1.0f, x, x, z);
    EXPECT_EQ(pretended().live_bytes, 8000);
    {
        const auto a = device().array<float>({4000});
        EXPECT_EQ(pretended().live_bytes, 16000);
    }
    x.fill(2.0f);
    device().run(saxpy, 1.0f, x, x, z);
    EXPECT_EQ(z(999), 4.0f);
}

}  // namespace
}  // namespace sporkle::test
