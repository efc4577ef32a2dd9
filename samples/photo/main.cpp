// Filters a photograph: Gaussian blur, sharpening, Sobel edges, tone mapping.
//
//   photo [input.png [output folder]]
//
// Writes photo-blur.png, photo-sharpen.png, photo-sobel.png and photo-tone.png, and then says for each kernel
// which variants were tried, how fast they were and which one was chosen.
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <sporkle/sporkle.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.hpp"

namespace {

namespace kernels = photo::kernels;
using Image = sporkle::Array<std::uint8_t, 3>;  // rows × columns × channels

constexpr int repetitions = 40;  ///< enough calls for the runtime to try the variants and choose

Image load(const std::string& path) {
    int width = 0, height = 0, channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load(path.c_str(), &width, &height, &channels, 3), stbi_image_free);
    if (!pixels) throw std::runtime_error(path + " cannot be read: " + stbi_failure_reason());
    Image image({height, width, 3});
    std::copy_n(pixels.get(), image.size(), image.data());
    return image;
}

void save(const std::string& path, const std::uint8_t* pixels, std::int64_t height, std::int64_t width,
          int channels) {
    const auto w = static_cast<int>(width), h = static_cast<int>(height);
    if (stbi_write_png(path.c_str(), w, h, channels, pixels, w * channels) == 0)
        throw std::runtime_error(path + " cannot be written");
    std::printf("%s\n", path.c_str());
}

std::vector<float> gaussian(double sigma) {
    std::vector<float> weights;
    double total = 0;
    for (int t = -kernels::radius; t <= kernels::radius; ++t) total += std::exp(-t * t / (2 * sigma * sigma));
    for (int t = -kernels::radius; t <= kernels::radius; ++t)
        weights.push_back(static_cast<float>(std::exp(-t * t / (2 * sigma * sigma)) / total));
    return weights;
}

/// Runs a filter as often as a video would, and says how long one picture took in the end.
template <class Filter>
void repeat(const char* name, const Filter& filter) {
    using Clock = std::chrono::steady_clock;
    Clock::time_point last;
    for (int i = 0; i < repetitions; ++i) {
        last = Clock::now();
        filter();
    }
    std::printf("%-8s %8.3f ms  ", name,
                std::chrono::duration<double, std::milli>(Clock::now() - last).count());
}

void run(const std::string& input, const std::string& folder) {
    const Image photo = load(input);
    const std::int64_t height = photo.extent(0), width = photo.extent(1);
    Image result({height, width, 3});
    sporkle::Array<std::uint8_t, 2> edges({height, width});
    const sporkle::Context context;

    const std::vector<float> weights = gaussian(2.5);
    repeat("blur", [&] { context.run(kernels::blur, photo, weights, result); });
    save(folder + "/photo-blur.png", result.data(), height, width, 3);

    repeat("sharpen", [&] { context.run(kernels::sharpen, photo, 1.5f, result); });
    save(folder + "/photo-sharpen.png", result.data(), height, width, 3);

    const std::vector<float> luma{0.299f, 0.587f, 0.114f}, smooth{1, 2, 1}, slope{-1, 0, 1};
    repeat("sobel", [&] { context.run(kernels::sobel, photo, luma, slope, smooth, edges); });
    save(folder + "/photo-sobel.png", edges.data(), height, width, 1);

    repeat("tone", [&] { context.run(kernels::tone, 3.0f, photo, result); });
    save(folder + "/photo-tone.png", result.data(), height, width, 3);

    std::printf("\n");
    for (const char* kernel : {"blur", "sharpen", "sobel", "tone"})
        std::printf("%s\n", to_text(context.report(sporkle::KernelId(kernel))).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
    run(argc > 1 ? argv[1] : PHOTO_DATA, argc > 2 ? argv[2] : ".");
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "photo: %s\n", error.what());
    return 1;
}
