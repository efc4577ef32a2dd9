// The filters of samples/photo against plain C++ in double precision, on the real photograph.
#include "samples/photo/kernels.hpp"

#include <gtest/gtest.h>
#include <stb/stb_image.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <sporkle/sporkle.hpp>
#include <vector>

namespace {

namespace kernels = photo::kernels;
using Image = sporkle::Array<std::uint8_t, 3>;

constexpr int radius = kernels::radius;

class Photo : public testing::Test {
  protected:
    Photo() {
        int width = 0, height = 0, channels = 0;
        stbi_uc* pixels = stbi_load(PHOTO_DATA, &width, &height, &channels, 3);
        if (pixels == nullptr) throw std::runtime_error("no photograph at " PHOTO_DATA);
        image = Image({height, width, 3});
        std::copy_n(pixels, image.size(), image.data());
        stbi_image_free(pixels);
        result = Image({height, width, 3});
        options.wisdom = "";
    }

    /// Mirrored about the border pixels.
    static std::int64_t mirrored(std::int64_t at, std::int64_t size) {
        return at < 0 ? -at : at >= size ? 2 * size - 2 - at : at;
    }
    double at(std::int64_t y, std::int64_t x, std::int64_t c) const {
        return image(mirrored(y, image.extent(0)), mirrored(x, image.extent(1)), c);
    }

    /// Every pixel of `got` is the nearest level to expected(y, x, c), or next to it where that lies between
    /// two.
    void compare(const Image& got,
                 const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& expected) {
        for (std::int64_t y = 0; y < got.extent(0); ++y)
            for (std::int64_t x = 0; x < got.extent(1); ++x)
                for (std::int64_t c = 0; c < got.extent(2); ++c) {
                    const double value = std::min(std::max(expected(y, x, c), 0.0), 255.0);
                    ASSERT_LE(std::abs(got(y, x, c) - value), 0.5 + 1e-3)
                        << "at " << y << ", " << x << ", " << c;
                }
    }

    Image image, result;
    sporkle::Options options;
};

TEST_F(Photo, Blur) {
    std::vector<float> weights;
    for (int t = -radius; t <= radius; ++t) weights.push_back(std::exp(-float(t * t) / 8.0f) / 5.0f);
    const sporkle::Context context(options);
    context.run(kernels::blur, image, weights, result);
    // Rows once, so that the check is fast.
    std::vector<double> rows(static_cast<std::size_t>(image.size()));
    const auto row = [&](std::int64_t y, std::int64_t x, std::int64_t c) -> double& {
        return rows[static_cast<std::size_t>((y * image.extent(1) + x) * 3 + c)];
    };
    for (std::int64_t y = 0; y < image.extent(0); ++y)
        for (std::int64_t x = 0; x < image.extent(1); ++x)
            for (std::int64_t c = 0; c < 3; ++c)
                for (int t = -radius; t <= radius; ++t)
                    row(y, x, c) += at(y, x + t, c) * double(weights[static_cast<std::size_t>(t + radius)]);
    compare(result, [&](std::int64_t y, std::int64_t x, std::int64_t c) {
        double sum = 0;
        for (int t = -radius; t <= radius; ++t)
            sum += row(mirrored(y + t, image.extent(0)), x, c) *
                   double(weights[static_cast<std::size_t>(t + radius)]);
        return sum;
    });
}

TEST_F(Photo, Sharpen) {
    const sporkle::Context context(options);
    context.run(kernels::sharpen, image, 1.5f, result);
    compare(result, [&](std::int64_t y, std::int64_t x, std::int64_t c) {
        double sum = 0;
        for (int r = -1; r <= 1; ++r)
            for (int s = -1; s <= 1; ++s) sum += at(y + r, x + s, c);
        return at(y, x, c) + 1.5 * (at(y, x, c) - sum / 9);
    });
}

TEST_F(Photo, Sobel) {
    const std::vector<float> luma{0.299f, 0.587f, 0.114f}, smooth{1, 2, 1}, slope{-1, 0, 1};
    sporkle::Array<std::uint8_t, 2> edges({image.extent(0), image.extent(1)});
    const sporkle::Context context(options);
    context.run(kernels::sobel, image, luma, slope, smooth, edges);
    const auto brightness = [&](std::int64_t y, std::int64_t x) {
        return 0.299 * at(y, x, 0) + 0.587 * at(y, x, 1) + 0.114 * at(y, x, 2);
    };
    Image shown({image.extent(0), image.extent(1), 1});
    std::copy(edges.begin(), edges.end(), shown.begin());
    compare(shown, [&](std::int64_t y, std::int64_t x, std::int64_t) {
        const double down = brightness(y + 1, x - 1) + 2 * brightness(y + 1, x) + brightness(y + 1, x + 1) -
                            brightness(y - 1, x - 1) - 2 * brightness(y - 1, x) - brightness(y - 1, x + 1);
        const double across = brightness(y - 1, x + 1) + 2 * brightness(y, x + 1) + brightness(y + 1, x + 1) -
                              brightness(y - 1, x - 1) - 2 * brightness(y, x - 1) - brightness(y + 1, x - 1);
        return std::sqrt(down * down + across * across);
    });
}

TEST_F(Photo, Tone) {
    const sporkle::Context context(options);
    context.run(kernels::tone, 3.0f, image, result);
    compare(result, [&](std::int64_t y, std::int64_t x, std::int64_t c) {
        const double light = at(y, x, c) * at(y, x, c) / 65025;
        return 255 * std::sqrt(1 - std::exp(-3 * light));
    });
}

// Every variant that this machine can run, and that fits, gives the same picture.
TEST_F(Photo, EveryVariantGivesTheSamePicture) {
    std::vector<float> weights;
    for (int t = -radius; t <= radius; ++t) weights.push_back(std::exp(-float(t * t) / 8.0f) / 5.0f);
    sporkle::Context context(options);
    const auto every_variant = [&](const auto& kernel, const auto& run) {
        Image first;
        int tried = 0;
        for (const sporkle::VariantInfo& variant : context.variants(kernel)) {
            if (variant.choice.device.empty()) continue;
            context.pin(kernel, variant.choice);
            try {
                run();
            } catch (const sporkle::Error& error) {
                // Its preconditions do not hold for pictures: three channels are no whole vectors.
                ASSERT_EQ(error.code(), sporkle::ErrorCode::unsupported) << error.what();
                continue;
            }
            if (tried++ == 0)
                first = result;
            else
                ASSERT_TRUE(std::equal(first.begin(), first.end(), result.begin()))
                    << variant.choice.architecture << "/" << variant.choice.schedule;
        }
        EXPECT_GT(tried, 1);
    };
    every_variant(kernels::blur, [&] { context.run(kernels::blur, image, weights, result); });
    every_variant(kernels::sharpen, [&] { context.run(kernels::sharpen, image, 1.5f, result); });
    every_variant(kernels::tone, [&] { context.run(kernels::tone, 3.0f, image, result); });
}

}  // namespace
