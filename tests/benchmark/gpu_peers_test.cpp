// NVIDIA's libraries as the benchmark calls them, with libraries for tests in their place: how they are
// found, what is passed to them, and what happens without them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sporkle/error.hpp>

#include "tools/benchmark/gpu/nvidia/blas.hpp"
#include "tools/benchmark/gpu/nvidia/clocks.hpp"
#include "tools/benchmark/gpu/nvidia/dnn.hpp"
#include "tools/benchmark/gpu/rows/check.hpp"

namespace sporkle::bench {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> fakes{SPORKLE_FAKE_NVIDIA};

std::shared_ptr<CudaMemory> on_cuda(Cuda& cuda, const auto& values) {
    auto memory = std::make_shared<CudaMemory>(cuda, values.size() * sizeof(values[0]));
    memory->put(values.data());
    return memory;
}

TEST(Library, SaysWhyItIsAbsent) {
    const Library library({"libno_such_library.so.1"}, {"/no/such/folder"});
    EXPECT_FALSE(library.present());
    EXPECT_NE(library.reason().find("libno_such_library.so.1"), std::string::npos) << library.reason();
}

TEST(Library, NamesTheFunctionsThatItLacks) {
    Library library({"libcublas.so.13"}, fakes);
    ASSERT_TRUE(library.present()) << library.reason();
    int (*known)(void**) = nullptr;
    library.bind(known, "cublasCreate_v2");
    EXPECT_NE(known, nullptr);
    EXPECT_EQ(library.reason(), "");
    int (*unknown)() = nullptr;
    library.bind(unknown, "cublasFromTheFuture");
    EXPECT_EQ(unknown, nullptr);
    EXPECT_NE(library.reason().find("lacks cublasFromTheFuture"), std::string::npos) << library.reason();
}

TEST(Library, FoldersOfPython) {
    const fs::path site = fs::temp_directory_path() / ("sporkle-site-" + std::to_string(::getpid()));
    for (const char* folder :
         {"nvidia/cudnn/lib", "nvidia/cu13/lib", "nvidia/cu13/bin", "torch/lib", "numpy/lib"})
        fs::create_directories(site / folder);
    const std::vector<std::string> expected{(site / "nvidia/cu13/lib").string(),
                                            (site / "nvidia/cudnn/lib").string(),
                                            (site / "torch/lib").string()};
    EXPECT_EQ(library_folders_of_python({"/no/such/site", site.string()}), expected);
    fs::remove_all(site);
    EXPECT_EQ(split_path(":/a::/b/c"), (std::vector<std::string>{"/a", "/b/c"}));
}

TEST(Cuda, AbsentWithoutADriverOrADevice) {
    std::string reason;
    setenv("FAKE_CUDA_WITHOUT_DEVICE", "1", 1);
    EXPECT_EQ(Cuda::open(fakes, reason), nullptr);
    unsetenv("FAKE_CUDA_WITHOUT_DEVICE");
    EXPECT_EQ(reason, "CUDA: cuInit: CUDA_ERROR_NO_DEVICE (100)");
}

TEST(Cuda, LaunchesAndGraphs) {
    std::string reason;
    const auto cuda = Cuda::open(fakes, reason);
    ASSERT_NE(cuda, nullptr) << reason;
    EXPECT_EQ(cuda->device_name(), "Fake GPU");
    EXPECT_EQ(cuda->version(), "13.1");
    const auto memory = on_cuda(*cuda, std::vector<float>(256, 2.0f));
    const auto graph = cuda->graph_of_tiny(memory->address(), 10);
    const double seconds = cuda->seconds([&] { cuda->launch_tiny(memory->address()); });
    EXPECT_GE(seconds, 0);
    EXPECT_LT(seconds, 10);
    graph();
    std::vector<float> values(256);
    memory->get(values.data());
    EXPECT_EQ(values, std::vector<float>(256, 13.0f));
}

TEST(Cuda, GivesBackWhatItMade) {
    Library driver({"libcuda.so.1"}, fakes);  // kept open, so that it goes on counting
    int (*objects)() = nullptr;
    driver.bind(objects, "fake_cuda_objects");
    ASSERT_EQ(driver.reason(), "");
    const int before = objects();
    {
        std::string reason;
        const auto cuda = Cuda::open(fakes, reason);
        ASSERT_NE(cuda, nullptr) << reason;
        const auto memory = on_cuda(*cuda, std::vector<float>(256));
        const auto graph = cuda->graph_of_tiny(memory->address(), 10);
        EXPECT_EQ(objects(), before + 5) << "a stream, two events, a module and a graph to launch";
    }
    EXPECT_EQ(objects(), before);
}

/// Row-major products of three different extents, which a mistaken transposition would not survive.
TEST(CudaBlas, ProductsAreRowMajor) {
    std::string reason;
    const auto cuda = Cuda::open(fakes, reason);
    ASSERT_NE(cuda, nullptr) << reason;
    const auto blas = CudaBlas::open(*cuda, fakes, reason);
    ASSERT_NE(blas, nullptr) << reason;
    EXPECT_EQ(blas->version().substr(0, 6), "130100");
    constexpr int m = 5, n = 7, k = 3;
    std::vector<float> a(m * k), b(k * n), c(m * n), expected(m * n);
    fill_by(a, [](std::size_t at) { return float(at % 5) - 2; });
    fill_by(b, [](std::size_t at) { return float(at % 7) - 3; });
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j)
            for (int p = 0; p < k; ++p)
                expected[std::size_t(i * n + j)] += a[std::size_t(i * k + p)] * b[std::size_t(p * n + j)];
    const auto ca = on_cuda(*cuda, a), cb = on_cuda(*cuda, b), cc = on_cuda(*cuda, c);
    for (const auto math : {CudaBlas::Math::standard, CudaBlas::Math::pedantic}) {
        cc->put(std::vector<float>(m * n, -1.0f).data());
        blas->sgemm(math, {m, n, k}, ca->pointer<float>(), cb->pointer<float>(), cc->pointer<float>());
        cc->get(c.data());
        EXPECT_EQ(c, expected);
    }

    std::vector<half> a16(a.begin(), a.end()), b16(b.begin(), b.end()), c16(m * n);
    const auto ha = on_cuda(*cuda, a16), hb = on_cuda(*cuda, b16), hc = on_cuda(*cuda, c16);
    blas->gemm({DType::f16, DType::f16, false, m, n, k}, ha->pointer<void>(), hb->pointer<void>(),
               hc->pointer<void>());
    hc->get(c16.data());
    for (std::size_t at = 0; at < c16.size(); ++at) EXPECT_EQ(float(c16[at]), expected[at]) << at;

    const std::vector<bfloat16> ab16(a.begin(), a.end()), bb16(b.begin(), b.end());
    cc->put(std::vector<float>(m * n, -1.0f).data());
    blas->gemm({DType::bf16, DType::f32, false, m, n, k}, on_cuda(*cuda, ab16)->pointer<void>(),
               on_cuda(*cuda, bb16)->pointer<void>(), cc->pointer<void>());
    cc->get(c.data());
    EXPECT_EQ(c, expected);

    const std::vector<std::int8_t> a8(a.begin(), a.end()), b8(b.begin(), b.end());
    std::vector<std::int8_t> turned(n * k);
    for (int j = 0; j < n; ++j)
        for (int p = 0; p < k; ++p) turned[std::size_t(j * k + p)] = b8[std::size_t(p * n + j)];
    for (const bool by_columns : {false, true}) {
        std::vector<std::int32_t> c32(m * n, -1);
        const auto result = on_cuda(*cuda, c32);
        blas->gemm({DType::i8, DType::i32, by_columns, m, n, k}, on_cuda(*cuda, a8)->pointer<void>(),
                   on_cuda(*cuda, by_columns ? turned : b8)->pointer<void>(), result->pointer<void>());
        result->get(c32.data());
        for (std::size_t at = 0; at < c32.size(); ++at) EXPECT_EQ(float(c32[at]), expected[at]) << at;
    }
    EXPECT_THROW(blas->gemm({DType::f64, DType::f64, false, m, n, k}, nullptr, nullptr, nullptr), Error);
}

/// Factors by columns, a batch of two equal products, and products with vectors from both sides.
TEST(CudaBlas, ProductsOfOtherShapes) {
    std::string reason;
    const auto cuda = Cuda::open(fakes, reason);
    ASSERT_NE(cuda, nullptr) << reason;
    const auto blas = CudaBlas::open(*cuda, fakes, reason);
    ASSERT_NE(blas, nullptr) << reason;
    constexpr int m = 5, n = 7, k = 3;
    const auto twice = [](std::vector<float> one) {
        one.insert(one.end(), one.begin(), one.end());
        return one;
    };
    std::vector<float> a(m * k), b(k * n), turned_a(m * k), turned_b(k * n), expected(m * n);
    fill_by(a, [](std::size_t at) { return float(at % 5) - 2; });
    fill_by(b, [](std::size_t at) { return float(at % 7) - 3; });
    for (int p = 0; p < k; ++p) {
        for (int i = 0; i < m; ++i) turned_a[std::size_t(p * m + i)] = a[std::size_t(i * k + p)];
        for (int j = 0; j < n; ++j) turned_b[std::size_t(j * k + p)] = b[std::size_t(p * n + j)];
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < n; ++j)
                expected[std::size_t(i * n + j)] += a[std::size_t(i * k + p)] * b[std::size_t(p * n + j)];
    }
    for (const bool a_by_columns : {false, true})
        for (const bool b_by_columns : {false, true})
            for (const int batch : {1, 2}) {
                const auto ca = on_cuda(*cuda, twice(a_by_columns ? turned_a : a));
                const auto cb = on_cuda(*cuda, twice(b_by_columns ? turned_b : b));
                std::vector<float> c(2 * m * n, -1.0f);
                const auto cc = on_cuda(*cuda, c);
                blas->sgemm(CudaBlas::Math::pedantic, {m, n, k, a_by_columns, b_by_columns, batch},
                            ca->pointer<float>(), cb->pointer<float>(), cc->pointer<float>());
                cc->get(c.data());
                if (batch == 1) std::copy(c.begin(), c.begin() + m * n, c.begin() + m * n);
                EXPECT_EQ(c, twice(expected)) << a_by_columns << b_by_columns << batch;
            }

    const std::vector<float> x{2, -1, 3};
    std::vector<float> ax(m), xb(n), y(m), z(n);
    for (int p = 0; p < k; ++p) {
        for (int i = 0; i < m; ++i) ax[std::size_t(i)] += a[std::size_t(i * k + p)] * x[std::size_t(p)];
        for (int j = 0; j < n; ++j) xb[std::size_t(j)] += x[std::size_t(p)] * b[std::size_t(p * n + j)];
    }
    const auto cx = on_cuda(*cuda, x), cy = on_cuda(*cuda, y), cz = on_cuda(*cuda, z);
    blas->sgemv(CudaBlas::Math::standard, m, k, false, on_cuda(*cuda, a)->pointer<float>(),
                cx->pointer<float>(), cy->pointer<float>());
    blas->sgemv(CudaBlas::Math::standard, k, n, true, on_cuda(*cuda, b)->pointer<float>(),
                cx->pointer<float>(), cz->pointer<float>());
    cy->get(y.data());
    cz->get(z.data());
    EXPECT_EQ(y, ax);
    EXPECT_EQ(z, xb);
}

TEST(CudaDnn, AlgorithmsInBothLayouts) {
    std::string reason;
    const auto cuda = Cuda::open(fakes, reason);
    ASSERT_NE(cuda, nullptr) << reason;
    const auto dnn = CudaDnn::open(*cuda, fakes, reason);
    ASSERT_NE(dnn, nullptr) << reason;
    for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
        // One weight is 1, in the middle of the window, from channel 1 to channel 2: that copies a plane.
        Conv conv{2, 3, 4, 5, 3, 1, 1, layout, nullptr, nullptr, nullptr};
        const bool nhwc = layout == Layout::nhwc;
        std::vector<float> x(2 * 3 * 16), w(5 * 3 * 9), y(2 * 5 * 16);
        fill_by(x, [](std::size_t at) { return float(at); });
        w[nhwc ? (2 * 9 + 4) * 3 + 1 : (2 * 3 + 1) * 9 + 4] = 1;
        const auto cx = on_cuda(*cuda, x), cw = on_cuda(*cuda, w), cy = on_cuda(*cuda, y);
        conv.input = cx->pointer<float>();
        conv.weights = cw->pointer<float>();
        conv.output = cy->pointer<float>();
        const auto algorithms = dnn->convolutions(conv);
        ASSERT_EQ(algorithms.size(), 4u);
        EXPECT_TRUE(algorithms[1].same_arithmetic);
        EXPECT_FALSE(algorithms[3].same_arithmetic) << algorithms[3].name;
        for (const auto& algorithm : algorithms) {
            cy->put(std::vector<float>(y.size(), -1.0f).data());
            algorithm.enqueue();
            cuda->wait();
            cy->get(y.data());
            for (std::size_t image = 0; image < 2; ++image)
                for (std::size_t channel = 0; channel < 5; ++channel)
                    for (std::size_t p = 0; p < 16; ++p) {
                        const std::size_t to =
                            nhwc ? (image * 16 + p) * 5 + channel : (image * 5 + channel) * 16 + p;
                        const std::size_t from = nhwc ? (image * 16 + p) * 3 + 1 : (image * 3 + 1) * 16 + p;
                        ASSERT_EQ(y[to], channel == 2 ? x[from] : 0) << algorithm.name << " at " << to;
                    }
        }
    }
}

TEST(GpuClocks, TellsWhatCanBeRead) {
    std::string reason;
    const auto clocks = GpuClocks::open(fakes, reason);
    ASSERT_NE(clocks, nullptr) << reason;
    EXPECT_EQ(clocks->driver(), "580.1");
    EXPECT_EQ(clocks->now(), "SM 1980 MHz, memory 3201 MHz, 412 W");
}

}  // namespace
}  // namespace sporkle::bench
