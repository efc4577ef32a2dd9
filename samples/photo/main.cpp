// Filters a photograph: Gaussian blur, sharpening, Sobel edges, tone mapping.
//
//   photo [--device NAME] [--repetitions N] [input.png [output folder]]
//
// Writes photo-blur.png, photo-sharpen.png, photo-sobel.png and photo-tone.png, and then says for each kernel
// which variants were tried, how fast they were and which one was chosen. Without a device the runtime
// chooses one for each kernel; the pictures are the same wherever they were made.
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sporkle/sporkle.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.hpp"

namespace {

namespace kernels = photo::kernels;
using Image = sporkle::Array<std::uint8_t, 3>;  // rows × columns × channels

struct Arguments {
    std::string device;    ///< empty: the runtime chooses
    int repetitions = 40;  ///< enough calls for the runtime to try the variants and choose
    std::string input = PHOTO_DATA, folder = ".";
};

/// Throws std::runtime_error that names what is wrong.
Arguments parse(int argc, char** argv) {
    Arguments result;
    int files = 0;
    for (int a = 1; a < argc; ++a) {
        const std::string word = argv[a];
        if (word == "--device" || word == "--repetitions") {
            if (++a == argc) throw std::runtime_error(word + " needs a value");
            if (word == "--device") result.device = argv[a];
            if (word == "--repetitions") result.repetitions = std::atoi(argv[a]);
            if (result.repetitions < 1)
                throw std::runtime_error("--repetitions takes a number from 1 on, not " +
                                         std::string(argv[a]));
        } else if (++files <= 2 && word.rfind("--", 0) != 0) {
            (files == 1 ? result.input : result.folder) = word;
        } else {
            throw std::runtime_error(
                "unexpected " + word +
                "; usage: photo [--device NAME] [--repetitions N] [input.png [output folder]]");
        }
    }
    return result;
}

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
void repeat(const char* name, int repetitions, const Filter& filter) {
    using Clock = std::chrono::steady_clock;
    Clock::time_point last;
    for (int i = 0; i < repetitions; ++i) {
        last = Clock::now();
        filter();
    }
    std::printf("%-8s %8.3f ms  ", name,
                std::chrono::duration<double, std::milli>(Clock::now() - last).count());
}

/// `runner` is the context or one of its devices.
void run(const Arguments& arguments, const sporkle::Context& context, const sporkle::Runner& runner) {
    const Image photo = load(arguments.input);
    const std::int64_t height = photo.extent(0), width = photo.extent(1);
    Image result({height, width, 3});
    sporkle::Array<std::uint8_t, 2> edges({height, width});
    const std::string& folder = arguments.folder;
    const int times = arguments.repetitions;

    const std::vector<float> weights = gaussian(2.5);
    repeat("blur", times, [&] { runner.run(kernels::blur, photo, weights, result); });
    save(folder + "/photo-blur.png", result.data(), height, width, 3);

    repeat("sharpen", times, [&] { runner.run(kernels::sharpen, photo, 1.5f, result); });
    save(folder + "/photo-sharpen.png", result.data(), height, width, 3);

    const std::vector<float> luma{0.299f, 0.587f, 0.114f}, smooth{1, 2, 1}, slope{-1, 0, 1};
    repeat("sobel", times, [&] { runner.run(kernels::sobel, photo, luma, slope, smooth, edges); });
    save(folder + "/photo-sobel.png", edges.data(), height, width, 1);

    repeat("tone", times, [&] { runner.run(kernels::tone, 3.0f, photo, result); });
    save(folder + "/photo-tone.png", result.data(), height, width, 3);

    std::printf("\n");
    for (const char* kernel : {"blur", "sharpen", "sobel", "tone"})
        std::printf("%s\n", to_text(context.report(sporkle::KernelId(kernel))).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
    const Arguments arguments = parse(argc, argv);
    const sporkle::Context context;
    if (arguments.device.empty())
        run(arguments, context, context);
    else
        run(arguments, context, context.on(arguments.device));
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "photo: %s\n", error.what());
    return 1;
}
