// Trains a network on 1,437 handwritten digits and tests it on 360 that it never saw.
//
//   digits [--device NAME] [--epochs N] [data file [picture file]]
//
// Prints a line per epoch, writes a picture of the misread digits, and then says for each kernel which
// variants were tried, how fast they were and which one was chosen. Without a device the runtime chooses one
// for each kernel; the weights are the same to the last bit wherever they were trained. The exit status is 1
// when after 30 epochs or more less than 97 % are read right.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sporkle/sporkle.hpp>
#include <stdexcept>
#include <string>

#include "dataset.hpp"
#include "network.hpp"
#include "picture.hpp"

namespace {

constexpr int usual_epochs = 30, batch = 32;
constexpr double wanted = 0.97;

struct Arguments {
    std::string device;  ///< empty: the runtime chooses
    int epochs = usual_epochs;
    std::string data = DIGITS_DATA, picture = "digits-misread.png";
};

/// Throws std::runtime_error that names what is wrong.
Arguments parse(int argc, char** argv) {
    Arguments result;
    int files = 0;
    for (int a = 1; a < argc; ++a) {
        const std::string word = argv[a];
        if (word == "--device" || word == "--epochs") {
            if (++a == argc) throw std::runtime_error(word + " needs a value");
            if (word == "--device") result.device = argv[a];
            if (word == "--epochs") result.epochs = std::atoi(argv[a]);
            if (result.epochs < 1)
                throw std::runtime_error("--epochs takes a number from 1 on, not " + std::string(argv[a]));
        } else if (++files <= 2 && word.rfind("--", 0) != 0) {
            (files == 1 ? result.data : result.picture) = word;
        } else {
            throw std::runtime_error(
                "unexpected " + word +
                "; usage: digits [--device NAME] [--epochs N] [data file [picture file]]");
        }
    }
    return result;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

using Images = sporkle::Array<float, 3>;

/// Copies a digit of a set to a place in a batch.
void place(const digits::Dataset& set, int number, Images& images, int at) {
    std::copy_n(set.images.begin() + std::ptrdiff_t(number) * digits::pixels, digits::pixels,
                images.select(0, at).data());
}

/// One pass over the training digits in a new order; those that fill no batch sit out. Returns the mean loss.
double train_epoch(digits::Network& network, const digits::Dataset& training, digits::Random& random,
                   float rate) {
    const std::vector<int> order = digits::shuffled(training.size(), random);
    Images images({batch, digits::side, digits::side});
    sporkle::Array<std::int32_t, 1> labels({batch});
    double loss = 0;
    const int batches = training.size() / batch;
    for (int b = 0; b < batches; ++b) {
        for (int d = 0; d < batch; ++d) {
            const int number = order[static_cast<std::size_t>(b * batch + d)];
            place(training, number, images, d);
            labels(d) = training.labels[static_cast<std::size_t>(number)];
        }
        loss += network.train(images, labels, rate);
    }
    return loss / (batches * batch);
}

std::vector<digits::Misread> misread_of(const digits::Network& network, const digits::Dataset& set) {
    Images images({set.size(), digits::side, digits::side});
    for (int d = 0; d < set.size(); ++d) place(set, d, images, d);
    const auto readings = network.read(images);
    std::vector<digits::Misread> misread;
    for (int d = 0; d < set.size(); ++d) {
        const int reading = static_cast<int>(readings(d)), right = set.labels[static_cast<std::size_t>(d)];
        if (reading != right) misread.push_back({d, reading, right});
    }
    return misread;
}

/// `runner` is the context or one of its devices.
int run(const Arguments& arguments, const sporkle::Context& context, const sporkle::Runner& runner) {
    const digits::Split sets = digits::split(digits::load(arguments.data), 1);
    std::printf("%d digits to learn from, %d held out\n", sets.training.size(), sets.held_out.size());

    digits::Network network(runner, 2);
    digits::Random random(3);
    std::vector<digits::Misread> misread;
    double right = 0;
    const double start = seconds_now();
    for (int epoch = 1; epoch <= arguments.epochs; ++epoch) {
        const double loss = train_epoch(network, sets.training, random, epoch <= 20 ? 1e-3f : 2e-4f);
        misread = misread_of(network, sets.held_out);
        right = 1 - double(misread.size()) / sets.held_out.size();
        std::printf("epoch %2d: loss %.4f, %.2f %% of the held-out digits right, %.2f s\n", epoch, loss,
                    100 * right, seconds_now() - start);
        std::fflush(stdout);
    }
    std::printf("\n%zu of %d held-out digits misread: %.2f %% right; fingerprint of the weights %016llx\n",
                misread.size(), sets.held_out.size(), 100 * right,
                static_cast<unsigned long long>(network.fingerprint()));
    for (const digits::Misread& one : misread)
        std::printf("  held-out digit %d: read %d, is %d\n", one.number, one.read, one.right);
    digits::write_picture(arguments.picture, sets.held_out, misread);
    std::printf("their picture (read in red, right in green): %s\n\n", arguments.picture.c_str());

    for (const std::string& kernel : digits::Network::kernel_names())
        std::printf("%s\n", to_text(context.report(sporkle::KernelId(kernel))).c_str());
    const bool failed = arguments.epochs >= usual_epochs && right < wanted;
    if (failed) std::fprintf(stderr, "digits: less than %.0f %% right\n", 100 * wanted);
    return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
    const Arguments arguments = parse(argc, argv);
    const sporkle::Context context;
    if (arguments.device.empty()) return run(arguments, context, context);
    return run(arguments, context, context.on(arguments.device));
} catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
}
